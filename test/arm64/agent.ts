/**
 * The agent of arm64 under an emulator, driven by the client of this machine: what goes over the wire, the numbers of
 * the calls and the layout of their structures must be those of the other architecture. `scripts/test-arm64` runs it.
 */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Kernel } from '../../src/kernel/index.ts';
import { AT_FDCWD, O_CREAT, O_DIRECTORY, O_NONBLOCK, O_RDONLY, O_RDWR, startAgent } from '../../src/kernel/index.ts';
import { temporaryFolder, until, within } from '../integration/agent/processes.ts';

const emulator = process.env.KEELSON_ARM64_EMULATOR;
const path = process.env.KEELSON_ARM64_AGENT;
if (!emulator || !path) throw new Error('run scripts/test-arm64');

const start = () => startAgent({ emulator, path, architecture: 'arm64', channels: 4 });

function onArm64(name: string, run: (kernel: Kernel) => Promise<void>): void {
  test(name, { timeout: 60_000 }, async () => {
    await using agent = start();
    await run(agent.kernel);
  });
}

onArm64('it is another architecture', async (kernel) => {
  const exe = await kernel.readlinkat(AT_FDCWD, '/proc/self/exe');
  assert.equal(exe, path);
  const machine = readFileSync(path).readUInt16LE(18);
  assert.equal(machine, 183, 'EM_AARCH64');
});

onArm64('files: open, write, read, status, and flags that have other numbers there', async (kernel) => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'file');
  const fd = kernel.openat(AT_FDCWD, file, O_RDWR | O_CREAT, 0o640);
  kernel.write(fd, 'written on arm64');
  assert.equal((await kernel.pread(fd, 100, 0)).toString(), 'written on arm64');
  assert.equal(readFileSync(file, 'utf8'), 'written on arm64');
  const status = await kernel.statx(AT_FDCWD, file);
  assert.equal(status.size, 16);
  assert.equal(statSync(file).mode & 0o777, 0o640);
  // O_DIRECTORY is 0x10000 on x86-64, and there O_DIRECT.
  await kernel.openat(AT_FDCWD, folder.path, O_RDONLY | O_DIRECTORY);
  await assert.rejects(Promise.resolve(kernel.openat(AT_FDCWD, file, O_RDONLY | O_DIRECTORY)), { code: 'ENOTDIR' });
});

onArm64('a failure tells the errno, and stops the batch', async (kernel) => {
  const fd = kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY);
  kernel.close(fd);
  await assert.rejects(kernel.flush(), { code: 'ENOENT', syscall: 'openat' });
});

onArm64('pipes, and results that are arguments of later calls', async (kernel) => {
  const [from, to] = kernel.pipe2(0);
  kernel.write(to, 'through a pipe');
  assert.equal((await kernel.read(from, 100)).toString(), 'through a pipe');
});

onArm64('a child is cloned, answers on a channel of its own, and its exit is told', async (kernel) => {
  const child = kernel.clone(0);
  const { exited } = kernel.watch(child.pidfd);
  const pid = await within(20, 'the child', child.kernel.getpid());
  assert.equal(pid, await child.pid);
  child.kernel.exit(7);
  await child.kernel.flush();
  assert.equal((await within(20, 'the exit', exited)).status, 7);
});

onArm64('execve, with its output and its status', async (kernel) => {
  const [from, to] = kernel.pipe2(0);
  const child = kernel.clone(0);
  const { exited } = kernel.watch(child.pidfd);
  child.kernel.dup3(to, 1, 0);
  child.kernel.execve('/bin/sh', ['sh', '-c', 'echo "$WORD"; exit 5'], ['WORD=started', 'PATH=/bin']);
  kernel.close(to);
  await Promise.all([kernel.flush(), child.kernel.flush()]);
  assert.equal((await within(20, 'the exit', exited)).status, 5);
  assert.equal((await kernel.read(from, 100)).toString(), 'started\n');
});

onArm64('a killed child tells its signal', async (kernel) => {
  const child = kernel.clone(0);
  const { exited } = kernel.watch(child.pidfd);
  await child.kernel.getpid();
  await kernel.pidfdSendSignal(child.pidfd, 9);
  assert.equal((await within(20, 'the exit', exited)).signal, 9);
});

onArm64('a pump moves every byte to its sink and to the log', async (kernel) => {
  using folder = temporaryFolder();
  const log = join(folder.path, 'log');
  const [from, source] = kernel.pipe2(O_NONBLOCK);
  const [end, to] = kernel.pipe2(O_NONBLOCK);
  const logFd = kernel.openat(AT_FDCWD, log, O_RDWR | O_CREAT, 0o600);
  kernel.pump({ from, to, log: logFd, stream: 2, closeAtEnd: true });
  const bytes = Buffer.alloc(30_000, 'pumped ');
  kernel.write(source, bytes);
  await kernel.close(source);
  await until(() => statSync(log).size === bytes.length + 16, 'the log', 20);
  assert.equal(readFileSync(log).readUInt32LE(12), 2);
  assert.ok(readFileSync(log).subarray(16).equals(bytes));
  assert.ok((await kernel.read(end, 65_536)).equals(bytes));
});
