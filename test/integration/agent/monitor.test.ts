import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent, Kernel } from '../../../src/kernel/index.ts';
import {
  AF_UNIX,
  AT_FDCWD,
  CLONE_NEWPID,
  connectAgent,
  decodeExitEvent,
  O_CREAT,
  O_WRONLY,
  SIGTERM,
  SOCK_STREAM,
  startAgent,
  THIS_CHANNEL,
} from '../../../src/kernel/index.ts';
import { unixAddress } from '../../../src/kernel/structs/socket-address.ts';
import { runs, temporaryFolder, until, within } from './processes.ts';

const ENVIRONMENT = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'];

/** Lets the agent serve a socket in the folder, which anybody can reach. */
async function serve({ kernel }: Agent, folder: string): Promise<string> {
  chmodSync(folder, 0o755);
  const path = join(folder, 'socket');
  const listener = kernel.socket(AF_UNIX, SOCK_STREAM, 0);
  kernel.bind(listener, unixAddress(path));
  kernel.listen(listener, 16);
  await kernel.serve(listener);
  chmodSync(path, 0o777);
  return path;
}

test('a second connection is a channel to the same process, and ends for itself', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const path = await serve(agent, folder.path);
  const second = connectAgent(path);
  const third = connectAgent(path);
  assert.equal(await within(10, 'an answer', second.getpid()), agent.pid);
  assert.equal(await within(10, 'an answer', third.getpid()), agent.pid);
  await assert.rejects(Promise.resolve(second.close(999)), { code: 'EBADF' });
  assert.equal(await third.getpid(), agent.pid, 'a failure stops the calls of its own channel alone');
  await second[Symbol.asyncDispose]();
  assert.equal(await third.getpid(), agent.pid);
  assert.equal(await agent.kernel.getpid(), agent.pid);
  await third[Symbol.asyncDispose]();
});

test('an exit is told on every channel', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const path = await serve(agent, folder.path);
  await using second = connectAgent(path);
  await second.getpid();
  const child = agent.kernel.clone(0);
  const { id, exited } = agent.kernel.watch(child.pidfd);
  const number = await id;
  const told = second.exitOf(number);
  child.kernel.exit(6);
  await child.kernel.flush();
  assert.equal((await within(10, 'the exit', exited)).status, 6);
  assert.equal((await within(10, 'the exit on the other channel', told)).status, 6);
});

test('another user is not let in, though the socket can be reached', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to be another user');
  using folder = temporaryFolder();
  await using agent = startAgent({ channels: 2 });
  const path = await serve(agent, folder.path);
  for (const [uid, answers] of [
    [65534, false],
    [0, true],
  ] as const) {
    await using stranger = agent.kernel.clone(0).kernel;
    if (uid !== 0) stranger.setresuid(uid);
    const socket = stranger.socket(AF_UNIX, SOCK_STREAM, 0);
    stranger.connect(socket, unixAddress(path));
    // A request without calls: only its answer, or the end of the connection.
    const request = Buffer.alloc(24);
    request.writeUInt32LE(24, 0);
    request.writeUInt32LE(24, 12);
    stranger.write(socket, request, { allow: 'any' });
    const { bytes } = await within(10, 'an answer or the end', answer(stranger, socket));
    assert.equal(bytes.length, answers ? 16 : 0, `uid ${uid}`);
  }
  assert.equal(await agent.kernel.getpid(), agent.pid);
});

async function answer(kernel: Kernel, fd: Parameters<Kernel['read']>[0]): Promise<{ bytes: Buffer }> {
  const bytes = await kernel.read(fd, 100, { allow: 'any' });
  return { bytes };
}

test('a connection becomes a raw stream, both ways, with nothing lost at the change', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const path = await serve(agent, folder.path);
  const [inRead, inWrite] = agent.kernel.pipe2(0);
  const [outRead, outWrite] = agent.kernel.pipe2(0);
  const child = agent.kernel.clone(0);
  child.kernel.dup3(inRead, 0, 0);
  child.kernel.dup3(outWrite, 1, 0);
  child.kernel.execve('/bin/cat', ['cat'], ENVIRONMENT);
  // It writes before anybody listens, and then what it is given.
  agent.kernel.write(outWrite, 'early ');
  agent.kernel.close(inRead);
  agent.kernel.close(outWrite);
  const { exited } = agent.kernel.watch(child.pidfd);
  await Promise.all([agent.kernel.flush(), child.kernel.flush()]);

  const attached = connectAgent(path);
  assert.throws(() => attached.detachSocket(), TypeError);
  attached.pump({ from: THIS_CHANNEL, to: await inWrite, closeAtEnd: true });
  attached.pump({ from: await outRead, to: THIS_CHANNEL, stream: 1, closeAtEnd: true });
  await attached.flush();
  const socket = attached.detachSocket();
  const parts: Buffer[] = [];
  socket.on('data', (bytes) => parts.push(bytes));
  const ended = new Promise((resolve) => socket.once('end', resolve));
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));
  socket.resume();
  socket.end(content);
  assert.equal((await within(20, 'the exit', exited)).status, 0, 'the end of the stream was the end of its input');
  await within(10, 'the end of its output', ended);
  const received = Buffer.concat(parts);
  assert.equal(received.subarray(0, 6).toString(), 'early ');
  assert.ok(received.subarray(6).equals(content));
  assert.equal(await agent.kernel.getpid(), agent.pid, 'the other channel goes on');
});

test('a monitor outlives its channel, keeps the status, does what was left for it, and goes', async () => {
  using folder = temporaryFolder();
  const agent = startAgent();
  const { kernel } = agent;
  const file = (name: string) => kernel.openat(AT_FDCWD, join(folder.path, name), O_WRONLY | O_CREAT, 0o600);
  const [waitRead, waitWrite] = kernel.pipe2(0);
  const note = file('note');
  const child = kernel.clone(0);
  child.kernel.dup3(waitRead, 0, 0);
  child.kernel.execve('/bin/sh', ['sh', '-c', 'read line; exit 42'], ENVIRONMENT);
  kernel.close(waitRead);
  kernel.watch(child.pidfd, {
    stay: true,
    statusFile: file('status'),
    afterwards: (later) => {
      later.openat(AT_FDCWD, '/missing/file', O_WRONLY);
      later.write(note, 'done afterwards');
    },
  });
  const path = await serve(agent, folder.path);
  await Promise.all([kernel.flush(), child.kernel.flush()]);
  kernel.release();
  await kernel.closed;
  await sleep(50);
  assert.ok(runs(agent.pid), 'it stays');
  assert.equal(readFileSync(join(folder.path, 'status')).length, 0);

  const again = connectAgent(path);
  await again.write(await waitWrite, 'go\n');
  again.release();
  await within(10, 'its end', agent.stop());
  const event = decodeExitEvent(readFileSync(join(folder.path, 'status')));
  assert.deepEqual({ status: event.status, pid: event.pid }, { status: 42, pid: await child.pid });
  assert.ok(Math.abs(event.time - Date.now()) < 60_000);
  assert.equal(readFileSync(join(folder.path, 'note'), 'utf8'), 'done afterwards', 'no failure stops it');
});

test('without `stay` the agent goes with its last channel, whatever still runs', async () => {
  const agent = startAgent();
  const child = agent.kernel.clone(0);
  child.kernel.execve('/bin/sleep', ['sleep', '3'], ENVIRONMENT);
  agent.kernel.watch(child.pidfd);
  await Promise.all([agent.kernel.flush(), child.kernel.flush()]);
  const pid = await child.pid;
  await within(10, 'its end', agent.stop());
  process.kill(pid, 'SIGKILL');
});

/** Runs a shell script under an init in a pid namespace of its own. */
async function underInit(agent: Agent, script: string) {
  const { kernel } = agent;
  const [read, write] = kernel.pipe2(0);
  const init = kernel.clone(CLONE_NEWPID, { name: 'init' });
  const main = init.kernel.clone(0, { name: 'main' });
  main.kernel.dup3(write, 1, 0);
  main.kernel.execve('/bin/sh', ['sh', '-c', script], ENVIRONMENT);
  const { exited } = kernel.watch(init.pidfd);
  kernel.close(write);
  init.kernel.becomeInit(main.pid);
  await Promise.all([kernel.flush(), init.kernel.flush(), main.kernel.flush()]);
  await init.kernel.closed;
  return { exited, init, output: async () => (await kernel.read(read, 1000)).toString() };
}

test('an init leaves with the status of its child, as a shell tells it', async () => {
  await using agent = startAgent({ channels: 8 });
  for (const [script, status] of [
    ['exit 7', 7],
    ['kill -9 $$', 137],
    ['exit 0', 0],
  ] as const) {
    const { exited } = await underInit(agent, script);
    assert.equal((await within(10, 'the exit', exited)).status, status, script);
  }
});

test('an init takes in what others left behind', async () => {
  await using agent = startAgent({ channels: 4 });
  // A zombie that nobody took in would still take signals.
  const script = `orphan=$(sh -c 'sleep 0.1 >/dev/null & echo $!'); kill -0 $orphan || exit 1
    i=0; while kill -0 $orphan 2>/dev/null; do sleep 0.1; i=$((i+1)); [ $i -lt 50 ] || exit 2; done; exit 3`;
  const { exited } = await underInit(agent, script);
  assert.equal((await within(20, 'the exit', exited)).status, 3);
});

test('an init passes signals on, and stays until its child is gone', async () => {
  await using agent = startAgent({ channels: 4 });
  const script = `trap 'echo got TERM' TERM; trap 'exit 9' HUP; echo ready; while :; do sleep 0.05; done`;
  const { exited, init, output } = await underInit(agent, script);
  assert.equal(await output(), 'ready\n');
  await agent.kernel.pidfdSendSignal(init.pidfd, SIGTERM);
  assert.equal(await within(10, 'the forwarded signal', output()), 'got TERM\n');
  await agent.kernel.pidfdSendSignal(init.pidfd, 1);
  assert.equal((await within(10, 'the exit', exited)).status, 9);
});

test('an init keeps nothing of the agent: neither its channel nor any descriptor', async () => {
  await using agent = startAgent({ channels: 4 });
  const { init, exited } = await underInit(agent, 'sleep 0.5');
  const pid = await init.pid;
  await until(() => readdirSync(`/proc/${pid}/fd`).every((fd) => Number(fd) < 3), 'only the streams are open');
  await exited;
});
