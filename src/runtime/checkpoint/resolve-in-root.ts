import type { Fd, Kernel, Value } from '../../kernel/index.ts';
import { AT_FDCWD, O_DIRECTORY, O_PATH, RESOLVE_IN_ROOT } from '../../kernel/index.ts';
import { normalize } from '../rootfs/root-tree.ts';

/** A folder of the host, held open in a process of ours. */
export function openFolder(kernel: Kernel, path: string): Value {
  return kernel.openat(AT_FDCWD, path, O_PATH | O_DIRECTORY);
}

/**
 * What paths are called below a root when the links on their way are resolved, as the root's own processes see it: names
 * in /proc/PID/mountinfo are of that kind. One that leads nowhere stays as it is.
 */
export async function resolveInRoot(kernel: Kernel, root: string, paths: readonly string[]): Promise<string[]> {
  const folder = openFolder(kernel, root);
  const handles = paths.map((path) => {
    const below = normalize(path).slice(1) || '.';
    return kernel.openat2(folder, below, { flags: O_PATH, resolve: RESOLVE_IN_ROOT }, { allow: 'any' });
  });
  const top = await pathOf(kernel, folder);
  const found: string[] = [];
  for (const [index, handle] of handles.entries()) {
    const isThere = (await handle) >= 0;
    found.push(isThere ? below(top, await pathOf(kernel, handle)) : normalize(paths[index] ?? '/'));
    if (isThere) kernel.close(handle);
  }
  kernel.close(folder);
  await kernel.flush();
  return found;
}

/** The kernel's name of what a descriptor holds. */
export async function pathOf(kernel: Kernel, fd: Fd): Promise<string> {
  return await kernel.readlinkat(AT_FDCWD, `/proc/self/fd/${await fd}`);
}

/** The part of a path behind the folder `top`. */
export function below(top: string, path: string): string {
  return top === '/' ? path : path.slice(top.length) || '/';
}
