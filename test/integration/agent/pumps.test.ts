import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fd, Kernel, Value } from '../../../src/kernel/index.ts';
import {
  AT_FDCWD,
  O_APPEND,
  O_CREAT,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  SOCK_STREAM,
  startAgent,
  TIOCGPTPEER,
  TIOCSPTLCK,
} from '../../../src/kernel/index.ts';
import { descriptorsOf, temporaryFolder, until, within } from './processes.ts';

/** A pipe whose write end does not block, so that the agent can fill it itself. */
function pipe(kernel: Kernel): readonly [Value, Value] {
  return kernel.pipe2(O_NONBLOCK);
}

function logFile(kernel: Kernel, path: string): Value {
  return kernel.openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0o600);
}

interface Record {
  time: number;
  stream: number;
  bytes: Buffer;
}

/** Reads struct log_record by struct log_record; fails on anything else. */
function recordsOf(path: string): Record[] {
  const file = readFileSync(path);
  const records: Record[] = [];
  for (let at = 0; at < file.length; ) {
    const size = file.readUInt32LE(at + 8);
    const bytes = file.subarray(at + 16, at + 16 + size);
    assert.equal(bytes.length, size, 'the record is whole');
    records.push({ time: Number(file.readBigUInt64LE(at)) / 1e6, stream: file.readUInt32LE(at + 12), bytes });
    at += 16 + size;
  }
  return records;
}

async function readAll(kernel: Kernel, fd: Fd, size: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  while (length < size) {
    const bytes = await kernel.read(fd, 65536, { allow: [11] });
    if (bytes.length === 0) await sleep(1);
    parts.push(bytes);
    length += bytes.length;
  }
  return Buffer.concat(parts);
}

const pattern = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 255));

test('a pump moves every byte, in order, and closes its source at the end', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const [sourceRead, sourceWrite] = pipe(kernel);
  const [sinkRead, sinkWrite] = pipe(kernel);
  kernel.pump({ from: sourceRead, to: sinkWrite, stream: 1, closeAtEnd: true });
  const content = pattern(300_000);
  for (let at = 0; at < content.length; at += 30_000) {
    await kernel.write(sourceWrite, content.subarray(at, at + 30_000));
    assert.ok((await readAll(kernel, sinkRead, 30_000)).equals(content.subarray(at, at + 30_000)));
  }
  await kernel.close(sourceWrite);
  await sleep(20);
  assert.equal((await kernel.read(sinkRead, 10)).length, 0, 'the sink was closed');
  const open = descriptorsOf(agent.pid);
  assert.ok(!open.has(await sourceRead));
  assert.ok(!open.has(await sinkWrite));
});

test('without closeAtEnd the sink stays open', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const [sourceRead, sourceWrite] = pipe(kernel);
  const [sinkRead, sinkWrite] = pipe(kernel);
  kernel.pump({ from: sourceRead, to: sinkWrite, stream: 1 });
  kernel.write(sourceWrite, 'one');
  await kernel.close(sourceWrite);
  assert.equal((await readAll(kernel, sinkRead, 3)).toString(), 'one');
  await until(() => !descriptorsOf(agent.pid).has(sourceRead.outcome?.value ?? -1), 'the source is closed');
  await kernel.write(sinkWrite, 'two');
  assert.equal((await readAll(kernel, sinkRead, 3)).toString(), 'two');
});

test('log records tell time, stream and size', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const { kernel } = agent;
  const path = join(folder.path, 'log');
  const log = logFile(kernel, path);
  const [outRead, outWrite] = pipe(kernel);
  const [errRead, errWrite] = pipe(kernel);
  kernel.pump({ from: outRead, log, stream: 1 });
  kernel.pump({ from: errRead, log, stream: 2 });
  const before = Date.now();
  await kernel.write(outWrite, 'to stdout\n');
  await sleep(20);
  await kernel.write(errWrite, Buffer.alloc(60_000, 'e'));
  await until(() => statSync(path).size >= 60_000 + 10 + 3 * 16, 'all is in the log');
  const records = recordsOf(path);
  assert.equal(records[0]?.bytes.toString(), 'to stdout\n');
  assert.deepEqual(
    records.map((r) => r.stream),
    [1, 2, 2],
  );
  assert.equal(Buffer.concat(records.slice(1).map((r) => r.bytes)).toString(), 'e'.repeat(60_000));
  assert.ok(records.every((r) => r.time >= before - 50 && r.time <= Date.now() + 50));
});

test('a full disk takes whole records or nothing', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const { kernel } = agent;
  const child = kernel.clone(0x20000 /* CLONE_NEWNS */);
  const inside = child.kernel;
  inside.mount(null, '/', null, 0x44000 /* MS_REC|MS_PRIVATE */);
  inside.mount('tmpfs', folder.path, 'tmpfs', 0, 'size=40960');
  const path = join(folder.path, 'log');
  const log = logFile(inside, path);
  const [read, write] = pipe(inside);
  inside.pump({ from: read, log, stream: 1 });
  for (let i = 0; i < 12; i++) {
    await inside.write(write, Buffer.alloc(7000, 97 + i));
    await sleep(5);
  }
  const size = (await inside.statx(AT_FDCWD, path)).size;
  const copy = join(folder.path, 'log');
  const bytes = await inside.pread(inside.openat(AT_FDCWD, copy, O_RDONLY), 65536, 0);
  assert.equal(bytes.length, size);
  assert.equal(size % 7016, 0, 'only whole records');
  assert.ok(size >= 4 * 7016);
  for (let at = 0; at < size; at += 7016) assert.equal(bytes.readUInt32LE(at + 8), 7000);
});

test('several sinks get the same; a slow one slows the source and loses nothing', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const [sourceRead, sourceWrite] = pipe(kernel);
  const sinks = [pipe(kernel), pipe(kernel), pipe(kernel)];
  for (const [, to] of sinks) kernel.pump({ from: sourceRead, to, stream: 1 });
  await kernel.flush();
  const content = pattern(400_000);
  let written = 0;
  const received: Buffer[][] = [[], [], []];
  const lengthOf = (i: number) => (received[i] ?? []).reduce((sum, b) => sum + b.length, 0);
  for (let round = 0; Math.min(lengthOf(0), lengthOf(1), lengthOf(2)) < content.length; round++) {
    assert.ok(round < 10_000, 'it moves on');
    if (written < content.length) {
      const n = await kernel.write(sourceWrite, content.subarray(written, written + 20_000), { allow: [11] });
      written += Math.max(0, n);
    }
    for (const [i, [from]] of sinks.entries()) {
      // The third reads in small parts, and only now and then.
      if (i === 2 && round % 5 !== 0) continue;
      received[i]?.push(await kernel.read(from, i === 2 ? 8_000 : 65_536, { allow: [11] }));
    }
  }
  for (const parts of received) assert.ok(Buffer.concat(parts).equals(content));
});

test('a sink that nobody reads any more is dropped, and the others go on', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const [sourceRead, sourceWrite] = pipe(kernel);
  const [deadRead, deadWrite] = pipe(kernel);
  const [liveRead, liveWrite] = pipe(kernel);
  kernel.pump({ from: sourceRead, to: deadWrite, stream: 1 });
  kernel.pump({ from: sourceRead, to: liveWrite, stream: 1 });
  await kernel.close(deadRead);
  await until(() => !descriptorsOf(agent.pid).has(deadWrite.outcome?.value ?? -1), 'the dead sink is closed at once');
  await kernel.write(sourceWrite, 'still here');
  assert.equal((await readAll(kernel, liveRead, 10)).toString(), 'still here');
  assert.equal(await kernel.getpid(), agent.pid, 'and the agent has survived the broken pipe');
});

test('a broken pipe is an errno, not the end of the agent', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const [read, write] = pipe(kernel);
  await kernel.close(read);
  await assert.rejects(Promise.resolve(kernel.write(write, 'x')), { code: 'EPIPE' });
  assert.equal(await kernel.getpid(), agent.pid);
});

for (const kind of ['pipe', 'socket', 'terminal'] as const) {
  test(`a ${kind} that blocks and is never read does not stop the agent`, { timeout: 30_000 }, async () => {
    await using agent = startAgent();
    const { kernel } = agent;
    const to = stuckSink(kernel, kind);
    const [sourceRead, sourceWrite] = pipe(kernel);
    const [otherRead, otherWrite] = pipe(kernel);
    kernel.pump({ from: sourceRead, to, stream: 1 });
    kernel.pump({ from: otherRead, to: otherWrite, stream: 1 });
    await kernel.flush();
    // Until neither the sink nor the source takes more, in pieces of odd sizes.
    for (let full = 0, i = 0; full < 50; i++) {
      const n = await within(
        5,
        'a write',
        kernel.write(sourceWrite, Buffer.alloc(1 + ((i * 997) % 5000), 'x\n'), { allow: [11] }),
      );
      full = n < 0 ? full + 1 : 0;
      if (n < 0) await sleep(2);
    }
    await kernel.write(otherWrite, 'other');
    assert.equal(await within(5, 'an answer', kernel.getpid()), agent.pid);
  });
}

function stuckSink(kernel: Kernel, kind: 'pipe' | 'socket' | 'terminal'): Value {
  if (kind === 'pipe') return kernel.pipe2(0)[1];
  if (kind === 'socket') return kernel.socketpair(SOCK_STREAM)[1];
  const master = kernel.openat(AT_FDCWD, '/dev/ptmx', O_RDWR | O_NOCTTY);
  kernel.ioctl(master, TIOCSPTLCK, Buffer.alloc(4));
  return kernel.ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
}

test('what is pumped is limited, and the error says so', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const [source] = pipe(kernel);
  for (let i = 0; i < 32; i++) kernel.pump({ from: source, to: kernel.dup(1), stream: 1 });
  await kernel.flush();
  await assert.rejects(Promise.resolve(kernel.pump({ from: source, to: kernel.dup(1) })), { code: 'EMFILE' });
  const many = Array.from({ length: 12 }, () => pipe(kernel)[0]);
  const failures = many.map((from) => Promise.resolve(kernel.pump({ from })));
  assert.ok((await Promise.allSettled(failures)).some((r) => r.status === 'rejected'));
  await assert.rejects(Promise.resolve(kernel.pump({ from: -1 })), { code: 'EBADF' });
});

test('a child has nothing of what its parent pumps', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const [sourceRead, sourceWrite] = pipe(kernel);
  const [sinkRead, sinkWrite] = pipe(kernel);
  kernel.pump({ from: sourceRead, to: sinkWrite, stream: 1, closeAtEnd: true });
  const child = kernel.clone(0);
  const pid = await child.kernel.getpid();
  const inChild = descriptorsOf(pid);
  assert.ok(!inChild.has(await sourceRead));
  assert.ok(!inChild.has(await sinkWrite));
  assert.ok(inChild.has(await sourceWrite));
  assert.ok(inChild.has(await sinkRead));
});

test('a terminal: what is typed goes in, what is printed comes out, and its end is the end', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent({ channels: 2 });
  const { kernel } = agent;
  const master = kernel.openat(AT_FDCWD, '/dev/ptmx', O_RDWR | O_NOCTTY);
  kernel.ioctl(master, TIOCSPTLCK, Buffer.alloc(4));
  const inner = kernel.ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
  const { socket, fd } = kernel.openStream();
  const child = kernel.clone(0);
  for (const place of [0, 1, 2]) child.kernel.dup3(inner, place, 0);
  child.kernel.execve('/bin/sh', ['sh', '-c', 'read line; echo "got $line"; exit 5'], ['PATH=/bin']);
  kernel.close(inner);
  const log = logFile(kernel, join(folder.path, 'log'));
  kernel.pump({ from: master, to: fd, stream: 1, log, closeAtEnd: true });
  kernel.pump({ from: fd, to: master });
  const { exited } = kernel.watch(child.pidfd);
  await Promise.all([kernel.flush(), child.kernel.flush()]);
  socket.write('hello\r');
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  assert.equal((await exited).status, 5);
  await until(() => Buffer.concat(received).toString().includes('got hello'), 'the answer');
  assert.equal(Buffer.concat(received).toString(), 'hello\r\ngot hello\r\n');
  const logged = Buffer.concat(recordsOf(join(folder.path, 'log')).map((r) => r.bytes)).toString();
  assert.equal(logged, 'hello\r\ngot hello\r\n');
});
