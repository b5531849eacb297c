import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { execIn, launch, openRuntime, setUpCgroup } from '../../../src/runtime/index.ts';
import type { LinuxSeccomp, RuntimeSpec } from '../../../src/spec/index.ts';
import { runs, until } from '../agent/processes.ts';
import { specOf } from '../differential/bundles.ts';
import { library, runc } from '../differential/drivers.ts';
import { openBusybox, withLinux } from '../runtime/run-busybox.ts';
import { compileProgram } from './libseccomp.ts';

const busybox = openBusybox('listener');
const path = join(busybox.folder, 'agent.sock');
const program = compileProgram('notify-listener');
let listener: ChildProcess;
let printed = '';

before(async () => {
  listener = spawn(program.path, [path], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  listener.stdout?.on('data', (part) => {
    printed += part;
  });
  await until(() => existsSync(path), 'the listener listens');
});
beforeEach(() => {
  printed = '';
});
after(() => {
  // Its children too, one for each container.
  process.kill(-(listener.pid ?? 0), 'SIGKILL');
  program[Symbol.dispose]();
});

const profile = (names: readonly string[]): LinuxSeccomp => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names, action: 'SCMP_ACT_NOTIFY' }],
  listenerPath: path,
  listenerMetadata: 'for the "agent"',
});
const FOLDERS = ['mkdir', 'mkdirat'];
const SCRIPT =
  'cd /data; mkdir made denied pretended; echo $?; ls -d made denied pretended 2>/dev/null; rmdir made; grep Seccomp: /proc/self/status';

const lines = () => printed.trim().split('\n');

describe('calls that are left to a listener', { concurrency: 1 }, () => {
  for (const noNewPrivileges of [false, true]) {
    test(`are answered by it, as with runc; noNewPrivileges ${noNewPrivileges}`, async () => {
      const change = (spec: RuntimeSpec) =>
        withLinux({ seccomp: profile(FOLDERS) })({
          ...spec,
          annotations: { a: 'b' },
          process: { cwd: '/', ...spec.process, noNewPrivileges },
        });
      const script = `/bin/busybox --install -s /tmp; PATH=/tmp:/bin; ${SCRIPT}`;
      const results = [];
      for (const driver of [runc, library]) {
        printed = '';
        const id = `listener-${process.pid}-${driver.name}`;
        const { exitCode, stdout } = await driver.run(specOf({ name: id, script, change }, busybox.root), id);
        assert.equal(exitCode, 0);
        await until(() => printed.includes('pretended\n'), 'all calls were told');
        // The mkdir of the working folder and the like come before.
        const calls = lines().filter((line) => /^(made|denied|pretended)$/.test(line));
        const { pid, state, ...message } = JSON.parse(lines()[0] ?? '');
        assert.equal(state.pid, pid);
        assert.equal(state.id, id);
        results.push({ exitCode, stdout, calls, message, status: state.status, annotations: state.annotations });
      }
      const [expected, own] = results;
      assert.deepEqual(own?.calls, ['made', 'denied', 'pretended']);
      assert.equal(own?.stdout, '1\nmade\nSeccomp:\t2\n');
      assert.deepEqual(own?.message, { ociVersion: '1.3.0', fds: ['seccompFd'], metadata: 'for the "agent"' });
      assert.deepEqual(
        { ...own, message: { ...own?.message, ociVersion: '' } },
        { ...expected, message: { ...expected?.message, ociVersion: '' } },
      );
    });
  }

  test('may be any but write: also those by which the start itself goes on', async () => {
    const names = [
      'sendmsg',
      'sendto',
      'recvfrom',
      'close',
      'execve',
      'prctl',
      'setresuid',
      'chdir',
      'capset',
      'ppoll',
    ];
    const { exitCode, stdout } = await busybox.run('echo hello', withLinux({ seccomp: profile(names) }));
    assert.deepEqual({ exitCode, stdout }, { exitCode: 0, stdout: 'hello\n' });
    assert.ok(lines().filter((line) => line.startsWith('call ')).length > 5);
  });

  test('of a process that exec adds, and of one behind a gate', async () => {
    const id = `listener-${process.pid}-exec`;
    const gate = join(busybox.folder, 'gate');
    const base = specOf({ name: id, script: 'sleep 100' }, busybox.root);
    const spec = withLinux({ seccomp: profile(FOLDERS) })(base);
    const stdio = { stdin: 'none', stdout: 'none', stderr: 'none' } as const;
    const plan = { id, spec, root: { kind: 'folder', path: busybox.root }, stdio } as const;
    await using host = await openRuntime();
    const launched = await launch(host, { ...plan, gate });
    try {
      await until(() => printed.includes('}\n'), 'the descriptor has come');
      assert.equal(JSON.parse(lines()[0] ?? '').pid, launched.pid);
      const args = ['/bin/busybox', 'mkdir', '/data/denied'];
      const process = { cwd: '/', args, env: ['PATH=/bin'] };
      const executed = await execIn(host, launched.pid, { ...plan, spec: { ...spec, process } });
      assert.equal((await executed.exited).status, 1);
      executed.monitor.release();
      await until(() => printed.includes('/data/denied'), 'the call was told');
      const second = JSON.parse(lines().filter((line) => line.startsWith('{'))[1] ?? '');
      assert.equal(second.pid, executed.pid);
      assert.equal(second.state.pid, launched.pid);
      assert.equal(second.state.status, 'running');
    } finally {
      process.kill(launched.pid, 'SIGKILL');
      launched.monitor.release();
      await until(() => !runs(launched.pid), 'the container has ended');
      await setUpCgroup({ id, spec: plan.spec }).remove();
      rmSync(gate, { force: true });
    }
  });

  test('without a listener: an error, and nothing is started', async () => {
    const seccomp = { ...profile(FOLDERS), listenerPath: join(busybox.folder, 'nobody.sock') };
    await assert.rejects(busybox.run('echo x > /data/x', withLinux({ seccomp })), {
      code: 'ENOENT',
      message: /connect/,
    });
    assert.equal(existsSync(join(busybox.root, 'data/x')), false);
  });

  test('need no listener where none are left to one', async () => {
    const seccomp = { ...profile(FOLDERS), syscalls: [] };
    assert.equal((await busybox.run('true', withLinux({ seccomp }))).exitCode, 0);
    assert.equal(printed, '');
    assert.equal(readFileSync('/proc/self/status', 'utf8').includes('Seccomp:\t2'), false);
  });
});
