import type { Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  CLONE_NEWNS,
  EBUSY,
  EINVAL,
  ENOENT,
  MNT_DETACH,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  MS_REC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  OPEN_TREE_CLONE,
  SOCK_STREAM,
  UMOUNT_NOFOLLOW,
} from '../../kernel/index.ts';
import type { RootPlan } from '../launch-plan.ts';
import { createOverlay } from './create-overlay.ts';

const HEADING = 'Root file system';

/**
 * Shows the root of a container that is none on a folder of the host, for whoever wants to look. Nobody can write to it, and
 * what is setuid or a device in it is that for nobody: on the host it would be so outside of any container.
 */
export async function mountReadOnly(kernel: Kernel, root: RootPlan, place: string): Promise<void> {
  const mount =
    root.kind === 'overlay'
      ? await overlayElsewhere(kernel, root)
      : kernel.openTree(AT_FDCWD, root.path, OPEN_TREE_CLONE);
  kernel.step(HEADING, `show it at ${place}`);
  const set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  kernel.mountSetattr(mount, '', AT_EMPTY_PATH, { set });
  const target = kernel.openat(AT_FDCWD, place, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  kernel.moveMount(mount, target);
  kernel.close(target);
  kernel.close(mount);
  await kernel.flush();
}

/** Made in a process of its own: before Linux 6.5 an overlay lies over its upper folder for a moment, which nobody may see. */
async function overlayElsewhere(host: Kernel, root: Extract<RootPlan, { kind: 'overlay' }>): Promise<Fd> {
  const [ours, theirs] = host.socketpair(SOCK_STREAM);
  host.step(HEADING, 'clone a process that makes the overlay where nobody sees it');
  const { pid, pidfd, kernel } = host.clone(CLONE_NEWNS, { name: 'mounter' });
  // Closed here, so that the wait ends if the other process fails before it sends.
  for (const fd of [pidfd, theirs]) host.close(fd);
  const received = host.receiveDescriptor(ours);
  host.close(ours);
  host.wait4(pid);
  try {
    kernel.mount(null, '/', null, MS_PRIVATE | MS_REC);
    kernel.sendDescriptor(theirs, createOverlay(kernel, root));
    kernel.exit(0);
    // The one that failed first tells why; the other's failure follows from it.
    await kernel.flush();
    await host.flush();
  } finally {
    kernel.release();
  }
  return received;
}

/**
 * Takes the mount off a folder; none there is right too.
 * @param detach also when somebody uses it: it goes when nobody does any more
 * @returns false when somebody uses it
 */
export async function unmountReadOnly(
  kernel: Kernel,
  place: string,
  { detach }: { detach: boolean },
): Promise<boolean> {
  const flags = UMOUNT_NOFOLLOW | (detach ? MNT_DETACH : 0);
  return (await kernel.umount2(place, flags, { allow: [EBUSY, EINVAL, ENOENT] })) !== -EBUSY;
}
