// host-path: sources of binds are paths of the host, which no container can write
import { statSync } from 'node:fs';
import { posix } from 'node:path';
import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, AT_RECURSIVE, CLONE_NEWNS, MS_REC, MS_SLAVE, OPEN_TREE_CLONE } from '../../kernel/index.ts';
import { findNamespace, type Mount, parseMountOptions, type RuntimeSpec } from '../../spec/index.ts';
import type { CgroupMount } from '../cgroups/cgroup-mounts.ts';
import { normalize, RootTree } from '../rootfs/root-tree.ts';
import { below, openFolder, pathOf } from './resolve-in-root.ts';

const HEADING = 'Restore';
const MNT_DETACH = 2;

export interface RestoredRoot {
  /** A mount of the root file system, which criu makes the container's root. */
  path: string;
  /** The container's binds: where they lie in it, links resolved, and their source on the host. */
  binds: readonly Bind[];
}

export interface Bind {
  destination: string;
  source: string;
}

interface RootToRestore {
  spec: RuntimeSpec;
  /** A folder of the host. */
  rootfs: string;
  place: string;
  /** What the container sees of its cgroups, which is bound too. */
  cgroups: readonly CgroupMount[];
}

/**
 * Mounts the root file system at `place`, in a mount namespace that `kernel`, the process whose child criu becomes, gets for
 * itself: nothing of it is left when they end. Makes the places of mounts that the file system does not have, as a start
 * does: its changes may have come from elsewhere. What lies on a file system of the container's own is criu's to make.
 */
export async function mountRestoredRoot(
  kernel: Kernel,
  { spec, rootfs, place, cgroups }: RootToRestore,
): Promise<RestoredRoot> {
  kernel.step(HEADING, 'keep our mounts out of the host');
  kernel.unshare(CLONE_NEWNS);
  kernel.mount(null, '/', null, MS_REC | MS_SLAVE);
  kernel.step(HEADING, 'make the places of mounts in the root file system', 'mounts');
  const tree = new RootTree(kernel, attachRoot(kernel, rootfs, place));
  const path = await pathOf(kernel, tree.root);
  const own: string[] = [];
  const binds: Bind[] = [];
  for (const mount of spec.mounts ?? []) {
    const destination = normalize(mount.destination);
    const isInside = own.some((folder) => destination.startsWith(`${folder}/`));
    if (isBind(mount)) {
      const source = mount.source ?? '';
      const found = isInside ? destination : below(path, await pathOf(kernel, attachBind(tree, destination, source)));
      binds.push({ destination: found, source });
    } else if (!isInside) {
      if (isCgroup(mount)) binds.push(...cgroupBinds(spec, destination, cgroups));
      else kernel.close(tree.folder(destination));
      own.push(destination);
    } else if (isCgroup(mount)) {
      binds.push(...cgroupBinds(spec, destination, cgroups));
    }
  }
  // Its places are there now; criu makes the binds itself.
  kernel.umount2(place, MNT_DETACH);
  kernel.close(attachRoot(kernel, rootfs, place));
  await kernel.flush();
  return { path, binds };
}

/** Once criu is done: whoever waits for the container's end shall not keep the file system busy. */
export function leaveRestoredRoot(kernel: Kernel, place: string): void {
  kernel.umount2(place, MNT_DETACH);
}

export function isBind({ type, options = [] }: Mount): boolean {
  return type === 'bind' || parseMountOptions(options).bind !== 'none';
}

export function isCgroup({ type }: Mount): boolean {
  return type === 'cgroup' || type === 'cgroup2';
}

/** In a cgroup namespace they are the whole of what there is, and criu mounts them anew. */
function cgroupBinds(spec: RuntimeSpec, destination: string, cgroups: readonly CgroupMount[]): Bind[] {
  if (findNamespace(spec.linux?.namespaces, 'cgroup') !== undefined) return [];
  return cgroups.flatMap((part) =>
    part.kind === 'bind' ? [{ destination: posix.join(destination, part.name ?? '.'), source: part.source }] : [],
  );
}

function attachRoot(kernel: Kernel, rootfs: string, place: string): Fd {
  const root = kernel.openTree(AT_FDCWD, rootfs, OPEN_TREE_CLONE | AT_RECURSIVE);
  const target = openFolder(kernel, place);
  kernel.moveMount(root, target);
  kernel.close(target);
  return root;
}

/** Gives the descriptor of the place below the mount, since a place of another mount may lie in it. */
function attachBind(tree: RootTree, destination: string, source: string): Fd {
  const isFolder = statSync(source, { throwIfNoEntry: false })?.isDirectory() ?? true;
  const target = isFolder ? tree.folder(destination) : tree.file(destination);
  tree.attach(tree.kernel.openTree(AT_FDCWD, source, OPEN_TREE_CLONE | AT_RECURSIVE), target, destination);
  return target;
}
