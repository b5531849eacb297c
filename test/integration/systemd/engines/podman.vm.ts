/** Podman with `--cgroup-manager systemd`. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { output, runProgram } from '../../../engines/run-program.ts';
import { EnginePlaces, EngineScope, LIMITED, RUNTIMES, TRIED } from './engine-places.ts';

const places = new EnginePlaces();
after(() => places[Symbol.asyncDispose]());

function podman(runtime: keyof typeof RUNTIMES) {
  const storage = ['--root', places.path('root'), '--runroot', places.path('run'), '--tmpdir', places.path('tmp')];
  const words = ['podman', ...storage, '--events-backend', 'file', '--cgroup-manager', 'systemd'];
  return [...words, '--runtime', RUNTIMES[runtime]];
}

describe('podman on units of systemd', { concurrency: 1 }, () => {
  for (const runtime of TRIED) {
    test(`by ${runtime}`, async () => {
      const { env } = places;
      const words = podman(runtime);
      const limits = ['--memory', '64m', '--cpus', '0.5', '--pids-limit', '40'];
      const run = ['run', '--network', 'none', '--name', runtime, ...limits];
      const id = await output(
        [...words, ...run, '--detach', '--rootfs', places.root, '/bin/busybox', 'sleep', '1000'],
        { env },
      );
      const scope = new EngineScope(`libpod-${id}.scope`, 'machine.slice');
      scope.requireProperties({ ...LIMITED, TasksMax: '40' });
      scope.requireFiles({ 'memory.max': String(2 ** 26), 'cpu.max': '50000 100000', 'pids.max': '40' });
      await output([...words, 'exec', '--detach', runtime, '/bin/busybox', 'sleep', '1000'], { env });
      assert.equal(scope.processes, 2);
      const { status } = await runProgram([...words, 'exec', runtime, '/bin/sh', '-c', 'exit 5'], { env });
      assert.equal(status, 5);
      await output([...words, 'stop', '-t', '0', runtime], { env });
      await scope.requireGone();
      await output([...words, 'rm', runtime], { env });
    });
  }
});
