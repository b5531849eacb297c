// host-path: the program that copies is the host's own, and the container has not started yet
import { existsSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';
import type { Fd, Kernel } from '../../kernel/index.ts';
import { parseMountOptions, type RuntimeSpec } from '../../spec/index.ts';

const PROGRAMS = ['/bin/cp', '/usr/bin/cp'];

/** So many mounts begin with what their place holds: each takes a child of init for a while. */
export function countCopies({ mounts = [] }: RuntimeSpec): number {
  return mounts.filter((mount) => parseMountOptions(mount.options ?? []).tmpcopyup).length;
}

/**
 * Fills a new mount with what lies at its place (`tmpcopyup`). The host's `cp` gets both folders by descriptor, so it
 * follows no link of the image; it must run before pivot_root, while the host's programs are there.
 */
export function copyUp(kernel: Kernel, { from, to, path }: { from: Fd; to: Fd; path: string }): Promise<void> {
  const program = PROGRAMS.find((file) => existsSync(file)) ?? '/bin/cp';
  const child = kernel.clone(0, { name: 'copier' });
  child.kernel.dup3(from, 0, 0);
  child.kernel.dup3(to, 1, 0);
  child.kernel.execve(program, ['cp', '-a', '--', '/proc/self/fd/0/.', '/proc/self/fd/1/'], ['LC_ALL=C']);
  const started = child.kernel.flush();
  const ended = kernel.wait4(child.pid);
  kernel.close(child.pidfd);
  return (async () => {
    await started;
    const { status } = await ended;
    child.kernel.release();
    if (status === 0) return;
    throw new KeelsonError('internal', `cannot fill the mount at ${path}: cp ended with wait status ${status}`, {
      code: 'MOUNT_COPY_UP',
      hint: 'the tmpfs may be too small for what lies there (size=)',
    });
  })();
}
