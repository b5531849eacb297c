import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, ftruncateSync, openSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child, Kernel } from '../../../src/kernel/index.ts';
import {
  AT_FDCWD,
  CLONE_CLEAR_SIGHAND,
  CLONE_INTO_CGROUP,
  CLONE_NEWPID,
  CLONE_NEWUTS,
  O_CREAT,
  O_RDONLY,
  O_WRONLY,
  SIGKILL,
  startAgent,
} from '../../../src/kernel/index.ts';
import { descriptorsOf, runs, stateOf, temporaryFolder, until, within } from './processes.ts';

const ENVIRONMENT = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'];

/** Runs a shell command in the child; its exit is told by `watch`. */
function shell(kernel: Kernel, child: Child, command: string) {
  const watch = kernel.watch(child.pidfd);
  child.kernel.execve('/bin/sh', ['sh', '-c', command], ENVIRONMENT);
  void child.kernel.flush();
  return watch.exited;
}

/** A child that runs a command whose output is read to the end. */
async function output(kernel: Kernel, command: string, flags = 0): Promise<string> {
  const [read, write] = kernel.pipe2(0);
  const child = kernel.clone(flags);
  child.kernel.dup3(write, 1, 0);
  const exited = shell(kernel, child, command);
  kernel.close(write);
  await exited;
  const parts: Buffer[] = [];
  for (;;) {
    const bytes = await kernel.read(read, 65536);
    if (bytes.length === 0) break;
    parts.push(bytes);
  }
  await kernel.close(read);
  return Buffer.concat(parts).toString();
}

test('awaiting something of a child sends the clone that still waits in its parent', async () => {
  await using agent = startAgent();
  const child = agent.kernel.clone(CLONE_NEWPID);
  assert.equal(await within(5, 'the first answer', child.kernel.getpid()), 1);
});

test('a child knows what its parent issued before the clone, and nothing of what came after', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const [read, write] = kernel.pipe2(0);
  const child = kernel.clone(0);
  child.kernel.write(write, 'from the child');
  await child.kernel.flush();
  kernel.dup(0);
  const later = kernel.dup(0);
  assert.throws(() => child.kernel.fcntl(later, 1, 0), TypeError);
  assert.equal((await kernel.read(read, 100)).toString(), 'from the child');
  const other = startAgent();
  const foreign = other.kernel.dup(0);
  assert.throws(() => child.kernel.close(foreign), TypeError);
  await other.stop();
  // Once its number is known it is a number as any other: here, of a descriptor that the child does not have.
  await later;
  await assert.rejects(Promise.resolve(child.kernel.fcntl(later, 1, 0)), { code: 'EBADF' });
});

test('a value of a child is no argument in its parent before it is here', async () => {
  await using agent = startAgent();
  const child = agent.kernel.clone(0);
  const pid = child.kernel.getpid();
  assert.throws(() => agent.kernel.kill(pid, 0), TypeError);
  await pid;
  assert.equal(await agent.kernel.kill(pid, 0), 0);
});

test('execve: the program has the streams it was given and nothing else', async () => {
  await using agent = startAgent({ channels: 4 });
  const { kernel } = agent;
  kernel.openat(AT_FDCWD, '/etc/passwd', O_RDONLY);
  kernel.eventfd(0);
  const listing = await output(kernel, 'ls -l /proc/self/fd');
  const numbers = [...listing.matchAll(/ (\d+) -> (\S+)/g)].map(([, fd, target]) => [Number(fd), target] as const);
  // ls reads the folder itself through one descriptor.
  assert.deepEqual(
    numbers.filter(([, target]) => !target?.startsWith('/proc/')).map(([fd]) => fd),
    [0, 1, 2],
  );
});

test('execve: signals have their default actions, and none is blocked', async () => {
  await using agent = startAgent();
  const status = await output(agent.kernel, 'cat /proc/self/status');
  const field = (name: string) => BigInt(`0x${new RegExp(`${name}:\\s*(\\S+)`).exec(status)?.[1]}`);
  assert.equal(field('SigBlk'), 0n);
  assert.equal(field('SigIgn'), 0n);
  assert.equal(field('SigCgt'), 0n);
});

test('execve that succeeds resolves, and its channel is closed', async () => {
  await using agent = startAgent();
  const child = agent.kernel.clone(0);
  const exited = shell(agent.kernel, child, 'exit 3');
  await child.kernel.flush();
  await child.kernel.closed;
  assert.deepEqual(await exited.then(({ status, signal }) => ({ status, signal })), { status: 3, signal: undefined });
});

test('execve that fails is the error, and the child can go on', async () => {
  await using agent = startAgent();
  const child = agent.kernel.clone(0);
  const pid = child.kernel.getpid();
  await assert.rejects(Promise.resolve(child.kernel.execve('/missing/program', ['x'], [])), {
    code: 'ENOENT',
    syscall: 'execve',
    shown: 'execve("/missing/program", ["x"], [])',
  });
  assert.equal(await pid, await child.kernel.getpid());
});

test('one execve after another until a program is found', async () => {
  await using agent = startAgent();
  const child = agent.kernel.clone(0);
  const { exited } = agent.kernel.watch(child.pidfd);
  const candidates = ['/missing/true', '/also-missing/true', '/bin/true', '/never/reached'];
  const tried = candidates.map((path) =>
    child.kernel.issue({ name: 'execve', args: [path, null, null], allow: [2] }, (o) => o.value),
  );
  await assert.rejects(child.kernel.flush(), { code: 'AGENT_GONE' });
  assert.deepEqual(await Promise.all(tried.slice(0, 3)), [-2, -2, 0]);
  await assert.rejects(Promise.resolve(tried[3]), { code: 'AGENT_GONE' });
  assert.equal((await exited).status, 0);
});

test('a child that is killed before its execve tells so in both ways', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const child = kernel.clone(0);
  const [read] = kernel.pipe2(0);
  const { exited } = kernel.watch(child.pidfd);
  await kernel.flush();
  await read;
  child.kernel.issue(
    { name: 'nanosleep', args: [Buffer.from('3c000000000000000000000000000000', 'hex'), null] },
    () => 0,
  );
  child.kernel.execve('/bin/true', ['true'], []);
  const flushed = child.kernel.flush();
  await kernel.kill(child.pid, SIGKILL);
  await assert.rejects(flushed, { code: 'AGENT_GONE' });
  assert.deepEqual(await exited.then(({ status, signal }) => ({ status, signal })), {
    status: undefined,
    signal: SIGKILL,
  });
});

test('a program that starts while channels are taken is not lost', async () => {
  await using agent = startAgent({ channels: 3 });
  const { kernel } = agent;
  const child = kernel.clone(0);
  await child.kernel.getpid();
  const started = child.kernel.execve('/bin/sleep', ['sleep', '0.5'], ENVIRONMENT);
  void child.kernel.flush();
  // The program runs already when the next channel is taken, and its answer still waits to be read.
  const exe = `/proc/${await child.pid}/exe`;
  const end = performance.now() + 10_000;
  while (!readlinkSync(exe).endsWith('/sleep') && performance.now() < end);
  const other = kernel.clone(0);
  assert.equal(await started, 0);
  assert.ok((await other.kernel.getpid()) > 0);
});

test('a channel is taken during an execve that fails: it belongs to its taker alone', async () => {
  await using agent = startAgent({ channels: 3 });
  const { kernel } = agent;
  const child = kernel.clone(0);
  const pid = await child.kernel.getpid();
  const failed = Promise.resolve(child.kernel.execve('/missing/program', ['x'], []));
  void child.kernel.flush();
  const other = kernel.clone(0);
  await assert.rejects(failed, { code: 'ENOENT' });
  const otherPid = await other.kernel.getpid();
  await child.kernel.getpid();
  const sockets = (of: number) => [...descriptorsOf(of).values()].filter((to) => to.startsWith('socket:'));
  assert.ok(sockets(otherPid).every((socket) => !sockets(pid).includes(socket) || sockets(agent.pid).includes(socket)));
  other.kernel.exit(0);
  await other.kernel.flush();
  await within(10, 'the end of the other', other.kernel.closed);
});

test('exit is success, and what was asked before it is answered', async () => {
  await using agent = startAgent();
  const child = agent.kernel.clone(CLONE_NEWPID);
  const { exited } = agent.kernel.watch(child.pidfd);
  const pid = child.kernel.getpid();
  child.kernel.exit(42);
  await child.kernel.flush();
  assert.equal(await pid, 1);
  assert.equal((await exited).status, 42);
});

test('a clone that fails is the error of all that was asked of the child', async () => {
  await using agent = startAgent({ channels: 2 });
  const { kernel } = agent;
  await kernel.getpid(); // until then it may still be starting
  const before = descriptorsOf(agent.pid);
  // No descriptor of a cgroup folder.
  const child = kernel.clone(0, { cgroup: 0 });
  const inside = child.kernel.getpid();
  await assert.rejects(within(5, 'the failure', inside), { syscall: 'clone', code: 'EBADF' });
  await assert.rejects(Promise.resolve(child.pid), { code: 'EBADF' });
  await child.kernel.closed;
  assert.equal(await kernel.clone(0).kernel.getppid(), agent.pid);
  const after = descriptorsOf(agent.pid);
  assert.equal(after.size, before.size - 1, 'both channels are closed, and one pidfd came');
});

test('flags above 32 bits, and those that look negative', async () => {
  await using agent = startAgent({ channels: 2 });
  const one = agent.kernel.clone(CLONE_CLEAR_SIGHAND);
  await one.kernel.getpid();
  assert.match(readFileSync(`/proc/${await one.pid}/status`, 'utf8'), /SigCgt:\s*0+\n/);
  const two = agent.kernel.clone(CLONE_NEWUTS | 0x80000000);
  await two.kernel.sethostname('inside');
  assert.ok(CLONE_INTO_CGROUP > 2 ** 32);
});

test('a thousand children, one after the other, leave nothing', { timeout: 120_000 }, async () => {
  using folder = temporaryFolder();
  const agent = startAgent({ channels: 0, channelFolder: folder.path });
  const { kernel } = agent;
  await kernel.flush();
  await sleep(20);
  const before = descriptorsOf(agent.pid);
  for (let i = 0; i < 1000; i++) {
    const child = kernel.clone(0);
    const { exited } = kernel.watch(child.pidfd);
    child.kernel.exit(i % 256);
    await child.kernel.flush();
    assert.equal((await exited).status, i % 256);
  }
  await until(() => descriptorsOf(agent.pid).size === before.size, 'the last descriptor is closed');
  assert.deepEqual(descriptorsOf(agent.pid), before);
  await agent.stop();
});

test('a child of a child of a child: each channel ends where it should', async () => {
  await using agent = startAgent({ channels: 3 });
  const one = agent.kernel.clone(0);
  const two = one.kernel.clone(0);
  const three = two.kernel.clone(0);
  const pids = await within(5, 'all', Promise.all([one, two, three].map((c) => c.kernel.getpid())));
  assert.equal(new Set(pids).size, 3);
  three.kernel.execve('/bin/sleep', ['sleep', '60'], []);
  await within(5, 'to see the third leave', three.kernel.flush());
  two.kernel.execve('/bin/sleep', ['sleep', '60'], []);
  await within(5, 'to see the second leave', two.kernel.flush());
  one.kernel.execve('/bin/sleep', ['sleep', '60'], []);
  await within(5, 'to see the first leave', one.kernel.flush());
  for (const pid of pids) process.kill(pid, 'SIGKILL');
});

test("siblings do not hold each other's channels", async () => {
  await using agent = startAgent({ channels: 4 });
  const { kernel } = agent;
  const children = [kernel.clone(0), kernel.clone(0), kernel.clone(0), kernel.clone(0)];
  await Promise.all(children.map((c) => c.kernel.getpid()));
  for (const child of children) {
    child.kernel.exit(0);
    await within(5, 'to see it leave', child.kernel.flush());
    await within(5, 'the channel to close', child.kernel.closed);
  }
});

test('no channel is left: the error says what to do', async () => {
  await using agent = startAgent({ channels: 1 });
  agent.kernel.clone(0);
  assert.throws(() => agent.kernel.clone(0), { code: 'NO_CHANNEL', kind: 'exhausted' });
});

test('a resident agent clones a hundred at once, each with a child of its own', { timeout: 60_000 }, async () => {
  using folder = temporaryFolder();
  const agent = startAgent({ channels: 0, channelFolder: folder.path });
  const { kernel } = agent;
  const start = async (i: number) => {
    const outer = kernel.apart(() => kernel.clone(0, { channels: 1, name: `outer ${i}` }));
    const { exited } = kernel.apart(() => kernel.watch(outer.pidfd));
    const inner = outer.kernel.clone(CLONE_NEWPID | CLONE_NEWUTS);
    const innerExited = outer.kernel.watch(inner.pidfd).exited;
    inner.kernel.sethostname(`host-${i}`);
    const out = join(folder.path, `out-${i}`);
    const fd = inner.kernel.openat(AT_FDCWD, out, O_WRONLY | O_CREAT, 0o600);
    inner.kernel.dup3(fd, 1, 0);
    inner.kernel.execve('/bin/sh', ['sh', '-c', `hostname; echo $$; exit ${i}`], ENVIRONMENT);
    await inner.kernel.flush();
    assert.equal((await innerExited).status, i);
    assert.equal(readFileSync(out, 'utf8'), `host-${i}\n1\n`);
    outer.kernel.exit(i);
    await outer.kernel.flush();
    assert.equal((await exited).status, i);
  };
  await Promise.all(Array.from({ length: 100 }, (_, i) => start(i)));
  await agent.stop();
});

test('in a resident agent one start that fails does not touch the others', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent({ channels: 0, channelFolder: folder.path });
  const { kernel } = agent;
  const attempts = Array.from({ length: 40 }, async (_, i) => {
    const child = kernel.apart(() => kernel.clone(0, i % 4 === 1 ? { cgroup: 0 } : {}));
    return child.kernel.getppid();
  });
  const results = await Promise.allSettled(attempts);
  results.forEach((result, i) => {
    if (i % 4 === 1) assert.equal(result.status === 'rejected' && result.reason.code, 'EBADF');
    else assert.equal(result.status === 'fulfilled' && result.value, agent.pid);
  });
});

test('connections that were never accepted are not given to others', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent({ channels: 0, channelFolder: folder.path });
  const { kernel } = agent;
  await kernel.getpid();
  kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY);
  const lost = [kernel.clone(0), kernel.clone(0), kernel.clone(0)];
  await assert.rejects(kernel.flush(), { code: 'ENOENT' });
  for (const child of lost) await assert.rejects(Promise.resolve(child.kernel.getpid()), { code: 'ENOENT' });
  const names = await Promise.all(
    [1, 2, 3].map(async (i) => {
      const child = kernel.clone(CLONE_NEWPID);
      for (let k = 1; k < i; k++) child.kernel.getppid();
      return child.kernel.getpid();
    }),
  );
  assert.deepEqual(names, [1, 1, 1]);
});

test('a brain that is killed leaves no process behind', async () => {
  using folder = temporaryFolder();
  const program = `
    import { startAgent, CLONE_NEWPID } from ${JSON.stringify(new URL('../../../src/kernel/index.ts', import.meta.url).href)};
    const agent = startAgent({ channels: 0, channelFolder: ${JSON.stringify(folder.path)} });
    const outer = agent.kernel.clone(0, { channels: 2 });
    const inner = outer.kernel.clone(CLONE_NEWPID);
    const innermost = inner.kernel;
    await innermost.getpid();
    outer.kernel.watch(inner.pidfd);
    await outer.kernel.flush();
    console.log(JSON.stringify([agent.pid, await outer.kernel.getpid(), await inner.pid]));
    setInterval(() => undefined, 1000);
  `;
  const brain = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(brain.stdout, 'data');
  const pids: number[] = JSON.parse(String(line));
  assert.equal(pids.length, 3);
  assert.ok(pids.every(runs));
  brain.kill('SIGKILL');
  await until(() => !pids.some(runs), 'no process is left');
  assert.ok(pids.every((pid) => stateOf(pid) === undefined || stateOf(pid) === 'Z'));
});

test('the agent runs from memory that nobody can write', async () => {
  await using agent = startAgent();
  await agent.kernel.getpid();
  assert.match(readlinkSync(`/proc/${agent.pid}/exe`), /^\/memfd:keelson-agent/);
  assert.throws(() => openSync(`/proc/${agent.pid}/exe`, constants.O_WRONLY), { code: 'ETXTBSY' });
  // What CVE-2019-5736 does: keep it open, wait until nobody runs it, write then.
  const held = openSync(`/proc/${agent.pid}/exe`, constants.O_RDONLY);
  await agent.stop();
  const writable = openSync(`/proc/self/fd/${held}`, constants.O_RDWR);
  assert.throws(() => writeSync(writable, 'evil'), { code: 'EPERM' });
  assert.throws(() => ftruncateSync(writable), { code: 'EPERM' });
  closeSync(writable);
  closeSync(held);
});
