/** dockerd with `--exec-opt native.cgroupdriver=systemd`. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Daemon } from '../../../engines/daemon.ts';
import { output, runProgram } from '../../../engines/run-program.ts';
import { EnginePlaces, EngineScope, LIMITED, RUNTIMES, TRIED } from './engine-places.ts';

const places = new EnginePlaces();
const socket = `unix://${places.path('socket')}`;
const env = { ...places.env, DOCKER_HOST: socket, DOCKER_CONFIG: places.path('config') };
const dockerd = new Daemon(
  [
    ...['dockerd', '--config-file', places.path('daemon.json'), '--data-root', places.path('data'), '--host', socket],
    ...['--exec-root', places.path('exec'), '--pidfile', places.path('pid'), '--bridge', 'none', '--iptables=false'],
  ],
  { log: places.path('log'), isUp: ['docker', 'version'], env },
);
const docker = (...words: string[]) => output(['docker', ...words], { env });

before(async () => {
  mkdirSync(places.path('config'));
  const runtimes = { keelson: { path: RUNTIMES.keelson } };
  const config = { 'exec-opts': ['native.cgroupdriver=systemd'], runtimes };
  writeFileSync(places.path('daemon.json'), JSON.stringify(config));
  await dockerd.start();
  await output(['tar', '-C', places.root, '-cf', places.path('image.tar'), '.']);
  await docker('import', places.path('image.tar'), 'busybox');
});
after(async () => {
  await dockerd.stop();
  await places[Symbol.asyncDispose]();
});

describe('docker on units of systemd', { concurrency: 1 }, () => {
  for (const runtime of TRIED) {
    test(`by ${runtime}`, async () => {
      const run = ['run', '--runtime', runtime, '--network', 'none', '--name', runtime];
      const limits = ['--memory', '64m', '--memory-swap', '64m', '--cpus', '0.5', '--pids-limit', '40'];
      const id = await docker(...run, ...limits, '--detach', 'busybox', '/bin/busybox', 'sleep', '1000');
      const unit = `docker-${id}.scope`;
      const scope = new EngineScope(unit, 'system.slice');
      scope.requireProperties({ ...LIMITED, TasksMax: '40' });
      scope.requireFiles({ 'memory.max': String(2 ** 26), 'cpu.max': '50000 100000', 'pids.max': '40' });
      await docker('exec', '--detach', runtime, '/bin/busybox', 'sleep', '1000');
      assert.equal(scope.processes, 2);
      const { status, stdout } = await runProgram(
        ['docker', 'exec', runtime, '/bin/sh', '-c', '/bin/busybox cat /proc/self/attr/current; exit 5'],
        { env },
      );
      // The profile that Docker gives every container where the kernel has AppArmor.
      assert.deepEqual([status, stdout.trim()], [5, 'docker-default (enforce)']);
      await docker('update', '--memory', '48m', '--memory-swap', '48m', '--cpus', '0.3', runtime);
      scope.requireProperties({ MemoryMax: String(48 * 2 ** 20), CPUQuotaPerSecUSec: '300ms' });
      scope.requireFiles({ 'memory.max': String(48 * 2 ** 20), 'cpu.max': '30000 100000' });
      await docker('stop', '--time', '0', runtime);
      await scope.requireGone();
      await docker('start', runtime);
      const again = new EngineScope(unit, 'system.slice');
      again.requireProperties({ MemoryMax: String(48 * 2 ** 20) });
      await docker('rm', '--force', runtime);
      await again.requireGone();
    });
  }
});
