import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { AF_UNIX, SOCK_STREAM, startAgent, unixAddress } from '../../../src/kernel/index.ts';
import { type LaunchPlan, setUpCgroup } from '../../../src/runtime/index.ts';
import { defaultMounts } from '../../../src/spec/index.ts';
import { descriptorsOf, runs, temporaryFolder, until } from '../agent/processes.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

const root = join(folder.path, 'root');
execFileSync('mkdir', ['-p', join(root, 'bin')]);
execFileSync('cp', ['/bin/busybox', join(root, 'bin/busybox')]);

const STDIO = { stdin: 'none', stdout: 'agent', stderr: 'none', direct: true } as const;

function planOf(script: string, change: Partial<Omit<LaunchPlan, 'gate'>> = {}): LaunchPlan & { gate: string } {
  const id = `gate-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const gate = join(folder.path, id);
  execFileSync('mkfifo', ['-m', '600', gate]);
  const spec = {
    ociVersion: '1.2.0',
    process: { cwd: '/', args: ['/bin/busybox', 'sh', '-c', script], env: ['PATH=/bin'] },
    root: { path: root },
    mounts: defaultMounts(1 << 20),
    linux: { namespaces: [{ type: 'mount' as const }, { type: 'pid' as const }] },
  };
  return { id, spec, root: { kind: 'folder', path: root }, stdio: STDIO, gate, ...change };
}

/** Makes it by a program that has ended when this returns. */
function create(plan: LaunchPlan & { gate: string }, [out, ...others]: readonly [number, ...number[]]): number {
  const program = join(import.meta.dirname, 'create-container.ts');
  const pidFile = `${plan.gate}.pid`;
  const made = spawnSync(process.execPath, [program, JSON.stringify(plan), pidFile], {
    stdio: ['ignore' as const, out, 'inherit' as const, ...others],
    timeout: 20_000,
  });
  assert.equal(made.status, 0);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  created.push({ pid, plan });
  return pid;
}

/** Also after a test that failed. */
const created: { pid: number; plan: LaunchPlan }[] = [];
afterEach(async () => {
  for (const { pid, plan } of created.splice(0)) {
    if (runs(pid)) process.kill(pid, 'SIGKILL');
    await until(() => !runs(pid), 'the container has ended');
    await setUpCgroup({ id: plan.id, spec: plan.spec }).remove();
  }
});

function openGate(plan: { gate: string }): void {
  // Without O_NONBLOCK this would wait for ever if the container had gone.
  const gate = openSync(plan.gate, constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(gate, '.');
  closeSync(gate);
}

describe('a container behind a gate', () => {
  test('outlives the program that made it, and starts when the gate is opened', async () => {
    const plan = planOf('busybox echo started');
    const out = join(folder.path, 'out');
    const pid = create(plan, [openSync(out, 'w')]);
    assert.equal(runs(pid), true);
    assert.equal(readFileSync(out, 'utf8'), '', 'nothing of the program has run yet');
    openGate(plan);
    await until(() => !runs(pid), 'the container has ended');
    assert.equal(readFileSync(out, 'utf8'), 'started\n');
    assert.throws(() => openGate(plan), { code: 'ENXIO' }, 'a second start finds nobody');
  });

  test('can be killed while it waits', async () => {
    const plan = planOf('busybox echo started');
    const out = join(folder.path, 'out-killed');
    const pid = create(plan, [openSync(out, 'w')]);
    process.kill(pid, 'SIGKILL');
    await until(() => !runs(pid), 'the container has ended');
    assert.throws(() => openGate(plan), { code: 'ENXIO' });
    assert.equal(readFileSync(out, 'utf8'), '');
  });

  test('gets the descriptors that are preserved, and no others', async () => {
    const script = 'busybox echo three >&3; busybox echo four >&4; exec busybox sleep 1000';
    const plan = planOf(script, { stdio: { ...STDIO, preservedDescriptors: 2 } });
    const [three, four, five] = [join(folder.path, 'three'), join(folder.path, 'four'), join(folder.path, 'five')];
    const open = (path: string) => openSync(path, 'w');
    const pid = create(plan, [open(join(folder.path, 'out-0')), open(three), open(four), open(five)]);
    openGate(plan);
    // The shell has one more while it redirects.
    await until(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sleep\0'), 'the shell is over');
    assert.equal(readFileSync(four, 'utf8'), 'four\n');
    assert.equal(readFileSync(three, 'utf8'), 'three\n');
    assert.equal(readFileSync(five, 'utf8'), '');
    assert.deepEqual(
      [...descriptorsOf(pid).keys()].map(Number).sort((a, b) => a - b),
      [0, 1, 2, 3, 4],
    );
    process.kill(pid, 'SIGKILL');
    await until(() => !runs(pid), 'the container has ended');
  });

  test('hands the outer end of its terminal to a console socket', async () => {
    await using agent = startAgent({ channels: 0 });
    const { kernel } = agent;
    const consoleSocket = join(folder.path, 'console.sock');
    const listener = kernel.socket(AF_UNIX, SOCK_STREAM, 0);
    kernel.bind(listener, unixAddress(consoleSocket));
    await kernel.listen(listener, 1);
    const terminal = { columns: 101, rows: 37 };
    const plan = planOf('busybox stty size; busybox tty', { stdio: { ...STDIO, terminal, consoleSocket } });
    const pid = create(plan, [openSync('/dev/null', 'w')]);
    const master = kernel.receiveDescriptor(kernel.accept4(listener));
    assert.equal(await kernel.fcntl(master, 1 /* F_GETFD */, 0), 1, 'close-on-exec');
    openGate(plan);
    await until(() => !runs(pid), 'the container has ended');
    assert.equal(String(await kernel.read(master, 4096)), '37 101\r\n/dev/pts/0\r\n');
  });
});
