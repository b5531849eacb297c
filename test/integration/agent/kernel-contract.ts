import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kernel } from '../../../src/kernel/index.ts';
import { AT_FDCWD, ENOENT, Flags, O_RDONLY, SyscallError } from '../../../src/kernel/index.ts';

/** One kernel to test, made fresh for each test. On it `/missing/file` does not exist and `/` is a folder. */
export interface Subject extends AsyncDisposable {
  kernel: Kernel;
}

async function failureOf(promise: PromiseLike<unknown>): Promise<SyscallError> {
  const error = await Promise.resolve(promise).then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SyscallError, String(error));
  return error;
}

/** What every `Kernel` promises to those who issue calls on it. */
export function kernelContract(name: string, make: () => Subject): void {
  const contract = (title: string, body: (kernel: Kernel) => Promise<void>) =>
    test(`${name}: ${title}`, { timeout: 20_000 }, async () => {
      await using subject = make();
      await body(subject.kernel);
    });

  contract('a value can be awaited, more than once', async (kernel) => {
    const fd = kernel.openat(AT_FDCWD, '/', O_RDONLY);
    assert.ok((await fd) >= 0);
    assert.equal(await fd, await fd);
  });

  contract('a value is an argument before anybody waits for it', async (kernel) => {
    const fd = kernel.openat(AT_FDCWD, '/', O_RDONLY);
    kernel.fstat(fd);
    kernel.close(fd);
    await kernel.flush();
    assert.ok((await fd) >= 0);
  });

  contract('a failure tells call, arguments, errno and step, and is of a kind', async (kernel) => {
    kernel.step('Files', 'open what is not there', '--missing');
    const error = await failureOf(kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY));
    assert.equal(error.syscall, 'openat');
    assert.equal(error.errno, ENOENT);
    assert.equal(error.code, 'ENOENT');
    assert.equal(error.kind, 'not-found');
    assert.equal(error.shown, 'openat(AT_FDCWD, "/missing/file", O_RDONLY|O_CLOEXEC)');
    assert.deepEqual(error.step, { heading: 'Files', title: 'open what is not there', because: '--missing' });
    assert.equal(
      error.message,
      'cannot open what is not there: No such file or directory (ENOENT from openat(AT_FDCWD, "/missing/file", O_RDONLY|O_CLOEXEC))',
    );
  });

  contract('a failure stops the batch: later calls fail by the same error', async (kernel) => {
    const before = kernel.openat(AT_FDCWD, '/', O_RDONLY);
    const failing = kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY);
    const after = kernel.getpid();
    const error = await failureOf(kernel.flush());
    assert.equal(await failureOf(failing), error);
    assert.equal(await failureOf(after), error);
    assert.ok((await before) >= 0);
  });

  contract('after a failure that was seen, calls are made again', async (kernel) => {
    await failureOf(kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY));
    assert.ok((await kernel.openat(AT_FDCWD, '/', O_RDONLY)) >= 0);
    await kernel.flush();
  });

  contract('an allowed errno is the value, and stops nothing', async (kernel) => {
    const one = kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY, 0, { allow: [1, ENOENT] });
    const any = kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY, 0, { allow: 'any' });
    const after = kernel.openat(AT_FDCWD, '/', O_RDONLY);
    await kernel.flush();
    assert.equal(await one, -ENOENT);
    assert.equal(await any, -ENOENT);
    assert.ok((await after) >= 0);
  });

  contract('an errno that is not among the allowed ones fails', async (kernel) => {
    const error = await failureOf(kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY, 0, { allow: [1] }));
    assert.equal(error.code, 'ENOENT');
  });

  contract('a call can make its own error', async (kernel) => {
    const failure = (errno: number) => new RangeError(`own ${errno}`);
    const args = [AT_FDCWD, '/missing/file', new Flags(0, 'O_')];
    const pending = kernel.issue({ name: 'openat', args, failure }, () => 0);
    await assert.rejects(Promise.resolve(pending), (error) => error instanceof RangeError && error.message === 'own 2');
  });

  contract('flush of nothing resolves', async (kernel) => {
    await kernel.flush();
    await kernel.flush();
  });

  contract('a failure that nobody saw is not forgotten', async (kernel) => {
    kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY);
    void kernel.flush();
    const error = await failureOf(kernel.flush());
    assert.equal(error.code, 'ENOENT');
  });

  contract('work apart is neither stopped by a failure nor stops what comes after', async (kernel) => {
    const early = kernel.getpid();
    const failed = kernel.apart(() => kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY));
    assert.ok((await early) >= 0);
    assert.equal((await failureOf(failed)).code, 'ENOENT');
    kernel.openat(AT_FDCWD, '/missing/file', O_RDONLY);
    const made = kernel.apart(() => kernel.openat(AT_FDCWD, '/', O_RDONLY));
    assert.ok((await made) >= 0);
    assert.equal((await failureOf(kernel.flush())).code, 'ENOENT');
  });

  contract('a child is a kernel of its own', async (kernel) => {
    const child = kernel.clone(0, { name: 'child' });
    const inside = child.kernel.getpid();
    await kernel.flush();
    await child.kernel.flush();
    assert.ok((await child.pid) > 0);
    assert.ok((await child.pidfd) > 0);
    assert.equal(typeof (await inside), 'number');
    assert.notEqual(child.kernel, kernel);
    child.kernel.release();
    await child.kernel.closed;
  });

  contract('a value of another process must be awaited first', async (kernel) => {
    const child = kernel.clone(0);
    await assert.rejects(async () => kernel.settled(child.kernel.getpid()), TypeError);
    child.kernel.release();
    await kernel.flush();
  });

  contract('watch tells an exit', async (kernel) => {
    const child = kernel.clone(0);
    const { exited } = kernel.watch(child.pidfd);
    child.kernel.exit(0);
    await Promise.all([kernel.flush(), child.kernel.flush()]);
    assert.equal((await exited).status, 0);
  });

  contract('release closes', async (kernel) => {
    await kernel.getpid();
    kernel.release();
    await kernel.closed;
  });

  contract('is an async disposable', async (kernel) => {
    await kernel.getpid();
    await kernel[Symbol.asyncDispose]();
    await kernel.closed;
  });
}
