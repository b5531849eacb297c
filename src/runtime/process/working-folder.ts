import type { Call, Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_FDCWD,
  EACCES,
  ELOOP,
  EPERM,
  O_DIRECTORY,
  O_PATH,
  RESOLVE_IN_ROOT,
  SyscallError,
} from '../../kernel/index.ts';

const HOW = { flags: O_PATH | O_DIRECTORY, resolve: RESOLVE_IN_ROOT };

/**
 * Goes to the program's working directory, made if it is missing. Resolved in the root, which follows no
 * /proc/self/fd/N: behind that could be a folder of the host, from where the program would climb on, or in which folders
 * would be made (CVE-2024-21626, CVE-2024-45310). To ask getcwd(2) afterwards does not do: of a folder outside the root
 * it says "(unreachable)" and succeeds.
 *
 * As root, as runc does it. What is given back is for the user that the process becomes: a file system such as FUSE may
 * let nobody else in.
 */
export async function goToWorkingFolder(kernel: Kernel, path: string): Promise<() => void> {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length === 0) {
    kernel.chdir('/');
    return () => undefined;
  }
  const root = kernel.openat(AT_FDCWD, '/', O_PATH | O_DIRECTORY);
  makeFolders(kernel, root, parts);
  const go = (folder: Fd) => kernel.fchdir(folder);
  const found = await kernel.openat2(root, parts.join('/'), HOW, { allow: [EACCES, EPERM], failure: notThere(path) });
  if (found < 0) return () => go(kernel.openat2(root, parts.join('/'), HOW, { failure: notThere(path) }));
  go(found);
  return () => undefined;
}

/** As far as it goes: whoever goes there afterwards says what is wrong. */
function makeFolders(kernel: Kernel, root: Fd, parts: readonly string[]): void {
  let parent = root;
  parts.forEach((part, depth) => {
    kernel.mkdirat(parent, part, 0o755, { allow: 'any' });
    parent = kernel.openat2(root, parts.slice(0, depth + 1).join('/'), HOW, { allow: 'any' });
  });
}

function notThere(path: string): (errno: number, call: Call) => Error {
  const hint = `the working directory ${path} leads through a link of /proc or in circles; name the folder itself`;
  return (errno, call) => new SyscallError(call, errno, errno === ELOOP ? hint : undefined);
}
