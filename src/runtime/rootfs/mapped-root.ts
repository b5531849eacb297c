import type { Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  CLONE_NEWNS,
  MOUNT_ATTR_IDMAP,
  MS_PRIVATE,
  MS_REC,
  O_DIRECTORY,
  O_PATH,
  OPEN_TREE_CLONE,
} from '../../kernel/index.ts';
import type { RootPlan } from '../launch-plan.ts';
import { refusedIdMap } from '../namespaces/id-maps.ts';
import { createOverlay } from './create-overlay.ts';

const HEADING = 'Root file system';
/** Every host has this folder and no layer lies in it; it is covered in the mounter's own namespace alone. */
const SHELF = '/proc';

/**
 * Makes the overlay of a container in a user namespace and sends its descriptor through `socket`. The layers of the
 * image are shown with the container's ids by id-mapped mounts (Linux 5.19), so nothing is copied or changed. The
 * upper layer is not mapped, but belongs to the container's root: overlayfs makes its work folders as root of the host,
 * which has no id in such a mount, and the kernel answers EOVERFLOW.
 *
 * A process of its own does it, as overlayfs takes layers by path alone before Linux 6.15, and these must be in no
 * namespace that anybody else sees. It needs the host's root, which the container's init is not.
 */
export async function makeMappedRoot(
  runtime: Kernel,
  root: Extract<RootPlan, { kind: 'overlay' }>,
  work: { userNamespace: Fd; owner: { uid: number; gid: number }; socket: Fd },
): Promise<void> {
  runtime.step(HEADING, "give the writable layer to the container's root", 'linux.uidMappings');
  runtime.fchownat(AT_FDCWD, root.upper, work.owner);
  runtime.step(HEADING, 'clone a process that mounts layers where nobody sees them');
  const { pid, pidfd, kernel } = runtime.clone(CLONE_NEWNS, { name: 'mounter' });
  runtime.close(pidfd);
  kernel.step(HEADING, 'keep our mounts out of the host');
  kernel.mount(null, '/', null, MS_PRIVATE | MS_REC);
  const shelf = makeShelf(kernel);
  root.lower.forEach((path, index) => {
    kernel.step(HEADING, `show the layer ${path} with the ids of the container`, 'linux.uidMappings');
    kernel.mkdirat(shelf, String(index), 0o755);
    const place = kernel.openat(shelf, String(index), O_PATH);
    const layer = kernel.openTree(AT_FDCWD, path, OPEN_TREE_CLONE);
    kernel.mountSetattr(layer, '', AT_EMPTY_PATH, {
      set: MOUNT_ATTR_IDMAP,
      userNamespace: work.userNamespace,
      failure: refusedIdMap,
    });
    kernel.moveMount(layer, place);
  });
  kernel.step(HEADING, 'overlay a writable layer over the image and hand it to the container', 'root.path');
  const lower = root.lower.map((_, index) => `${SHELF}/${index}`);
  kernel.sendDescriptor(work.socket, createOverlay(kernel, { ...root, lower }));
  try {
    await Promise.all([runtime.flush(), kernel.flush()]);
  } finally {
    kernel.release();
  }
  runtime.step(HEADING, 'wait for its end');
  runtime.wait4(pid);
}

function makeShelf(kernel: Kernel): Fd {
  const fs = kernel.fsopen('tmpfs');
  kernel.fsconfigCreate(fs);
  const shelf = kernel.fsmount(fs, 0);
  kernel.moveMount(shelf, kernel.openat(AT_FDCWD, SHELF, O_PATH | O_DIRECTORY));
  return shelf;
}
