import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isKeelsonError } from '../../../src/base/error.ts';
import type { Kernel, TracedCall } from '../../../src/kernel/index.ts';
import { AT_FDCWD, O_APPEND, O_CREAT, O_RDONLY, O_WRONLY, Out, startAgent } from '../../../src/kernel/index.ts';
import { descriptorsOf, temporaryFolder, within } from './processes.ts';

const log = (kernel: Kernel, path: string) => kernel.openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0o600);

test('calls are made in the order in which they were issued, over all batches', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const { kernel } = agent;
  const path = join(folder.path, 'log');
  const fd = log(kernel, path);
  const written: string[] = [];
  for (let i = 0; i < 300; i++) {
    kernel.write(fd, `${i} `);
    written.push(`${i} `);
    if (i % 7 === 0) void kernel.flush();
    if (i % 50 === 0) await kernel.getpid();
  }
  await kernel.flush();
  assert.equal(readFileSync(path, 'utf8'), written.join(''));
});

test('awaiting one value sends everything that was queued before it', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const path = join(folder.path, 'log');
  agent.kernel.write(log(agent.kernel, path), 'queued');
  await agent.kernel.getpid();
  assert.equal(readFileSync(path, 'utf8'), 'queued');
});

test('a result of a batch on its way is an argument of the next', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const pid = kernel.getpid();
  const [read, write] = kernel.pipe2(0);
  void kernel.flush();
  kernel.write(write, 'x');
  void kernel.flush();
  assert.equal((await kernel.read(read, 10)).toString(), 'x');
  const none = kernel.kill(pid, 0);
  assert.equal(await none, 0);
});

test('while a failure is on its way, later batches are not made', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const { kernel } = agent;
  const path = join(folder.path, 'log');
  const fd = log(kernel, path);
  await kernel.flush();
  kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY);
  const first = kernel.flush();
  const flushes = [first];
  for (let i = 0; i < 20; i++) {
    kernel.write(fd, 'never');
    flushes.push(kernel.flush());
  }
  const reasons = (await Promise.allSettled(flushes)).map((r) => (r.status === 'rejected' ? r.reason : undefined));
  assert.equal(reasons[0].code, 'ENOENT');
  assert.ok(reasons.every((reason) => reason === reasons[0]));
  await kernel.write(fd, 'once');
  assert.equal(readFileSync(path, 'utf8'), 'once');
});

test('a failure that nobody was told of stops what is sent long after it', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const { kernel } = agent;
  const path = join(folder.path, 'log');
  const fd = await log(kernel, path);
  kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY);
  void kernel.flush();
  await sleep(100);
  kernel.write(fd, 'must not be written');
  await assert.rejects(kernel.flush(), { code: 'ENOENT' });
  assert.equal(readFileSync(path, 'utf8'), '');
  kernel.write(fd, 'fine');
  await kernel.flush();
  assert.equal(readFileSync(path, 'utf8'), 'fine');
});

test('a value that failed is no argument', async () => {
  await using agent = startAgent();
  const fd = agent.kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY);
  await assert.rejects(Promise.resolve(fd), { code: 'ENOENT' });
  assert.throws(() => agent.kernel.close(fd), { code: 'ENOENT' });
  await agent.kernel.getpid();
});

test('what cannot be sent fails where it is issued, and nothing else does', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const pid = kernel.getpid();
  assert.throws(() => kernel.openat(AT_FDCWD, 'a\0b', O_RDONLY), { code: 'NUL_BYTE', kind: 'invalid' });
  assert.throws(() => kernel.close(1.5), RangeError);
  assert.throws(() => kernel.issue({ name: 'getpid', args: [1, 2, 3, 4, 5, 6, 7] }, () => 0), TypeError);
  assert.throws(
    () => kernel.write(1, Buffer.alloc(1 << 20)),
    (error) => isKeelsonError(error, 'invalid') && error.code === 'BATCH_TOO_LARGE',
  );
  assert.equal(await pid, agent.pid);
});

test('more than one batch can hold goes in several, in order', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const { kernel } = agent;
  const path = join(folder.path, 'log');
  const fd = log(kernel, path);
  const part = Buffer.alloc(100_000);
  const pipes: (readonly [unknown, unknown])[] = [];
  for (let i = 0; i < 50; i++) {
    kernel.write(fd, part.fill(65 + (i % 26)));
    pipes.push(kernel.pipe2(0));
  }
  await within(20, 'five megabytes of calls', kernel.flush());
  const written = readFileSync(path);
  assert.equal(written.length, 50 * part.length);
  for (let i = 0; i < 50; i++) assert.equal(written[i * part.length], 65 + (i % 26));
  assert.equal(pipes.length, 50);
});

test('a hundred thousand calls in one go', async () => {
  await using agent = startAgent();
  let last = agent.kernel.getpid();
  for (let i = 0; i < 100_000; i++) last = agent.kernel.getpid();
  await within(30, 'the calls', agent.kernel.flush());
  assert.equal(await last, agent.pid);
});

test('an answer larger than one frame comes in parts', async () => {
  using folder = temporaryFolder();
  await using agent = startAgent();
  const { kernel } = agent;
  const path = join(folder.path, 'data');
  const content = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251));
  writeFileSync(path, content);
  const fd = kernel.openat(AT_FDCWD, path, O_RDONLY);
  // One room, read into again and again: the answer is many times the request.
  const room = new Out(900_000);
  const reads = Array.from({ length: 10 }, () =>
    kernel.issue({ name: 'pread64', args: [fd, room, room.size, 0], outByReturn: true }, (o) => o.bytes),
  );
  for (const bytes of await Promise.all(reads)) assert.ok(bytes.equals(content.subarray(0, room.size)));
});

test('the largest request with the largest answer, also with times', async () => {
  const traced: TracedCall[] = [];
  for (const tracer of [undefined, (call: TracedCall) => void traced.push(call)]) {
    await using agent = startAgent(tracer ? { tracer } : {});
    const bytes = await agent.kernel.read(await agent.kernel.openat(AT_FDCWD, '/dev/zero', O_RDONLY), (1 << 20) - 128);
    assert.equal(bytes.length, (1 << 20) - 128);
  }
  assert.deepEqual(
    traced.map(({ call }) => call.name),
    ['openat', 'read'],
  );
  assert.ok(traced.every(({ duration, start }) => duration !== undefined && start !== undefined && start > 0n));
});

test('the tracer sees each call with its value, the failed one among them, and none that was not made', async () => {
  const traced: TracedCall[] = [];
  await using agent = startAgent({ tracer: (call) => traced.push(call), name: 'probe' });
  agent.kernel.getpid();
  agent.kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY);
  agent.kernel.getppid();
  await assert.rejects(agent.kernel.flush());
  assert.deepEqual(
    traced.map(({ process, call, value }) => [process, call.name, value]),
    [
      ['probe', 'getpid', agent.pid],
      ['probe', 'openat', -2],
    ],
  );
});

test('bytes are taken when the call is issued', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const [read, write] = kernel.pipe2(0);
  const bytes = Buffer.from('one ');
  kernel.write(write, bytes);
  bytes.write('two ');
  kernel.write(write, bytes);
  assert.equal((await kernel.read(read, 100)).toString(), 'one two ');
});

test('results can be arguments as long as there are places; then they must be awaited', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const values = Array.from({ length: 1100 }, () => kernel.getpid());
  const last = values.at(-1);
  assert.ok(last);
  assert.throws(() => kernel.kill(last, 0), { code: 'AGENT_SLOTS' });
  await kernel.flush();
  assert.equal(await kernel.kill(last, 0), 0);
});

test('over thousands of calls no place is given to two values', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  await kernel.getpid();
  const before = descriptorsOf(agent.pid);
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 60; i++) {
      const fd = kernel.dup(0);
      kernel.fcntl(fd, 1, 0);
      kernel.close(fd);
    }
    void kernel.flush();
    if (round % 5 === 0) await kernel.flush();
  }
  await kernel.flush();
  assert.deepEqual(descriptorsOf(agent.pid), before);
});

test('flags of a call are shown by name, structures by their fields', async () => {
  await using agent = startAgent();
  const how = { flags: O_WRONLY, resolve: 0x10 };
  await assert.rejects(Promise.resolve(agent.kernel.openat2(AT_FDCWD, '/missing/file', how)), {
    shown: 'openat2(AT_FDCWD, "/missing/file", {flags=O_WRONLY|O_CLOEXEC, resolve=RESOLVE_IN_ROOT}, 24)',
  });
});

test('a process that has gone says so, at once and for ever', async () => {
  const agent = startAgent();
  await agent.kernel.getpid();
  await agent.stop();
  await assert.rejects(Promise.resolve(agent.kernel.getpid()), { code: 'AGENT_GONE', kind: 'unavailable' });
  await assert.rejects(Promise.resolve(agent.kernel.getpid()), { code: 'AGENT_GONE' });
});

test('a process that is killed under its calls says so', async () => {
  await using agent = startAgent();
  const [read] = agent.kernel.pipe2(0);
  const blocked = agent.kernel.read(read, 1);
  void agent.kernel.flush();
  await sleep(50);
  process.kill(agent.pid, 'SIGKILL');
  await assert.rejects(Promise.resolve(blocked), { code: 'AGENT_GONE' });
});

test('an agent that cannot be started says why', () => {
  assert.throws(
    () => startAgent({ path: '/missing/agent' }),
    (error) =>
      isKeelsonError(error, 'unavailable') && error.code === 'AGENT_START' && /ENOENT/.test(String(error.cause)),
  );
});
