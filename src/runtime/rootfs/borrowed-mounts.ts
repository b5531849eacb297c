import type { Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  CLONE_NEWNS,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  OPEN_TREE_CLONE,
  RESOLVE_NO_SYMLINKS,
  SOCK_STREAM,
} from '../../kernel/index.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { BindSources } from './bind-sources.ts';

const HEADING = 'Mounts';

/**
 * Copies of mounts of another container. The kernel copies a mount only for who is in its mount namespace (mount(2)), so
 * a short-lived process goes there and sends the copy back. No symbolic link of that container is followed.
 */
export async function cloneBorrowedMounts(
  runtime: Kernel,
  { spec, borrowedMounts = [] }: LaunchPlan,
): Promise<BindSources> {
  const sources = new Map<number, Fd>();
  for (const { destination, namespace } of borrowedMounts) {
    const index = (spec.mounts ?? []).findIndex((mount) => mount.destination === destination);
    if (index < 0) continue;
    runtime.step(HEADING, `fetch ${destination} from the container that shares it`, `mounts[${index}]`);
    sources.set(index, await fetchMount(runtime, { namespace, path: destination }));
  }
  return sources;
}

async function fetchMount(runtime: Kernel, from: { namespace: string; path: string }): Promise<Fd> {
  const [ours, theirs] = runtime.socketpair(SOCK_STREAM);
  const { pid, pidfd, kernel } = runtime.clone(0, { name: 'borrower' });
  // Closed here, so that the wait ends if the other process fails before it sends.
  for (const fd of [pidfd, theirs]) runtime.close(fd);
  const fetched = runtime.receiveDescriptor(ours);
  runtime.close(ours);
  runtime.wait4(pid);
  try {
    kernel.setns(kernel.openat(AT_FDCWD, from.namespace, O_RDONLY), CLONE_NEWNS);
    const folder = kernel.openat2(AT_FDCWD, from.path, {
      flags: O_PATH | O_DIRECTORY,
      resolve: RESOLVE_NO_SYMLINKS,
    });
    kernel.sendDescriptor(theirs, kernel.openTree(folder, '', OPEN_TREE_CLONE | AT_EMPTY_PATH));
    kernel.exit(0);
    // The one that failed first tells why; the other's failure follows from it.
    await kernel.flush();
    await runtime.flush();
  } finally {
    kernel.release();
  }
  return fetched;
}
