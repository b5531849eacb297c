import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  type Fd,
  type Kernel,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  O_PATH,
  OPEN_TREE_CLONE,
} from '../../kernel/index.ts';
import type { CgroupMounter } from '../rootfs/cgroup-mounter.ts';
import type { CgroupMount } from './cgroup-mounts.ts';

/** Makes the mounts of `cgroupMounts` at the destination of a mount of type `cgroup` or `cgroup2`. */
export function cgroupMounter(mounts: readonly CgroupMount[]): CgroupMounter {
  return (tree, { destination }, options) => {
    const { kernel } = tree;
    const readOnly = options.attrSet & MOUNT_ATTR_RDONLY;
    const attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    let cover: Fd = -1;
    for (const mount of mounts) {
      if (mount.kind === 'cover') {
        cover = newTmpfs(kernel, attributes);
        tree.attach(cover, tree.folder(destination), destination);
      } else if (mount.kind === 'link') {
        kernel.symlinkat(mount.target, cover, mount.name);
      } else {
        const part = kernel.openTree(AT_FDCWD, mount.source, OPEN_TREE_CLONE);
        // Private, as a mount of its own would be: criu cannot tell what a slave of the host's follows.
        kernel.mountSetattr(part, '', AT_EMPTY_PATH, { set: attributes | readOnly, propagation: MS_PRIVATE });
        if (mount.name === undefined) tree.attach(part, tree.folder(destination), destination);
        else placeBelow(kernel, { cover, part, name: mount.name });
      }
    }
    // Last, so that the folders and links could be made in it.
    if (cover !== -1 && readOnly) kernel.mountSetattr(cover, '', AT_EMPTY_PATH, { set: attributes | readOnly });
  };
}

function placeBelow(kernel: Kernel, { cover, part, name }: { cover: Fd; part: Fd; name: string }): void {
  kernel.mkdirat(cover, name, 0o755);
  const place = kernel.openat(cover, name, O_PATH);
  kernel.moveMount(part, place);
  kernel.close(place);
  kernel.close(part);
}

function newTmpfs(kernel: Kernel, attributes: number): Fd {
  const fs = kernel.fsopen('tmpfs');
  kernel.fsconfigSet(fs, 'mode', '755');
  kernel.fsconfigCreate(fs);
  const cover = kernel.fsmount(fs, attributes);
  kernel.close(fs);
  return cover;
}
