// host-path: the source of a bind mount is a path of the host, named by whoever starts the container
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import type { Fd } from '../../kernel/index.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY, OPEN_TREE_CLONE } from '../../kernel/index.ts';
import type { Mount, MountOptions, RuntimeSpec } from '../../spec/index.ts';
import { MS_DIRSYNC, MS_LAZYTIME, MS_MANDLOCK, MS_SYNCHRONOUS, parseMountOptions } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';
import { containerMaps, type IdMaps, onHost } from '../namespaces/id-maps.ts';
import { type BindSources, cloneSource } from './bind-sources.ts';
import type { CgroupMounter } from './cgroup-mounter.ts';
import { copyUp } from './copy-up.ts';
import { PROPAGATION_FLAGS } from './root-mount.ts';
import type { RootTree } from './root-tree.ts';
import type { TmpfsPlaces } from './tmpfs-places.ts';

/** So many mounts go in one batch: their results share the places of one process, of which there are 1,024. */
const AT_ONCE = 32;

/** Makes the spec's mounts in order. `filled` resolves when those are filled that begin with a copy. */
export async function mountAll(
  context: InitContext,
  tree: RootTree,
  { mountCgroup, sources, places }: { mountCgroup: CgroupMounter; sources: BindSources; places: TmpfsPlaces },
): Promise<{ filled: Promise<unknown> }> {
  const copies: Promise<void>[] = [];
  for (const [index, mount] of (context.spec.mounts ?? []).entries()) {
    const options = parseMountOptions(mount.options ?? []);
    const bind = options.bind !== 'none' || mount.type === 'bind';
    const what = bind ? `bind ${mount.source}` : `mount a fresh ${mount.type}`;
    context.kernel.step('Mounts', `${what} at ${mount.destination}`, because(context, `mounts[${index}]`));
    if (options.remount) remount(tree, mount, options);
    else if (mount.type === 'cgroup' || mount.type === 'cgroup2') mountCgroup(tree, mount, options);
    else if (bind) bindMount(context, tree, { mount, options, source: sources.get(index) });
    else newMount(context, tree, { mount, options, copies, place: places.get(index) });
    if (index % AT_ONCE === AT_ONCE - 1) await context.kernel.flush();
  }
  const filled = Promise.all(copies);
  filled.catch(() => undefined); // told by whoever waits for it, unless something else failed before
  return { filled };
}

/** Options that are the file system's, as fsconfig(2) takes them. It knows none for `iversion` and `silent`. */
const FILE_SYSTEM_FLAGS = [
  [MS_SYNCHRONOUS, 'sync'],
  [MS_DIRSYNC, 'dirsync'],
  [MS_LAZYTIME, 'lazytime'],
  [MS_MANDLOCK, 'mand'],
] as const;

/** Changes the options of the mount that is at this place already. */
function remount(tree: RootTree, { destination }: Mount, options: MountOptions): void {
  if (options.data.length > 0) {
    throw new KeelsonError('unsupported', `cannot remount ${destination} with ${options.data.join(',')}`, {
      code: 'REMOUNT_DATA',
      hint: 'give options of the file system where it is mounted first',
    });
  }
  const mount = tree.mountAt(destination) ?? tree.open(destination);
  setAttributes(tree, mount, options);
  setPropagation(tree, mount, options);
}

interface NewMount {
  mount: Mount;
  options: MountOptions;
  copies: Promise<void>[];
  /** As in TmpfsPlaces. */
  place: number | undefined;
}

function newMount({ spec }: InitContext, tree: RootTree, { mount, options, copies, place: mode }: NewMount): void {
  const { kernel } = tree;
  const maps = containerMaps(spec);
  if (maps && mount.type === 'sysfs' && !hasOwnNetwork(spec)) return showSysfs(tree, mount, options);
  const fs = kernel.fsopen(mount.type ?? 'none');
  if (mount.source) kernel.fsconfigSet(fs, 'source', mount.source);
  for (const option of options.data) {
    if (maps && !isMapped(option, maps)) continue;
    const split = option.indexOf('=');
    if (split < 0) kernel.fsconfigSet(fs, option);
    else kernel.fsconfigSet(fs, option.slice(0, split), option.slice(split + 1));
  }
  const label = spec.linux?.mountLabel;
  // Kernels without SELinux know no such option and say so; these two have labels of their own (fs/proc, fs/sysfs).
  if (label && mount.type !== 'proc' && mount.type !== 'sysfs') kernel.fsconfigSet(fs, 'context', label);
  for (const [flag, name] of FILE_SYSTEM_FLAGS) if (options.flagsSet & flag) kernel.fsconfigSet(fs, name);
  kernel.fsconfigCreate(fs);
  const chmod = mode !== undefined && !options.data.some((option) => option.startsWith('mode='));
  const made = kernel.fsmount(fs, chmod ? 0 : options.attrSet);
  kernel.close(fs);
  if (chmod) kernel.fchmodat(made, '.', mode);
  // Nothing is mounted below a new one; the recursive options hold for itself. Read-only it becomes after the change.
  setAttributes(tree, made, chmod ? options : { ...options, attrSet: 0, attrClear: 0 });
  if (options.tmpcopyup && mode !== undefined) {
    const path = mount.destination;
    const copy = copyUp(kernel, { from: tree.folder(path), to: made, path });
    copy.catch(() => undefined);
    copies.push(copy);
  }
  place(tree, made, { mount, options });
}

/** A sysfs shows the network, so only who owns that may mount one (sysfs(5)): the host's is shown, which is the same. */
function showSysfs(tree: RootTree, mount: Mount, options: MountOptions): void {
  const copy = tree.kernel.openTree(AT_FDCWD, '/sys', OPEN_TREE_CLONE | AT_RECURSIVE);
  tree.kernel.mountSetattr(copy, '', AT_EMPTY_PATH | AT_RECURSIVE, { set: options.attrSet });
  place(tree, copy, { mount, options });
}

function hasOwnNetwork(spec: RuntimeSpec): boolean {
  return spec.linux?.namespaces?.some((n) => n.type === 'network' && !n.path) ?? false;
}

/** The kernel refuses an owner that the user namespace does not have: `gid=5` of devpts in a small one. */
function isMapped(option: string, { uids, gids }: IdMaps): boolean {
  const [, kind, id] = /^(uid|gid)=(\d+)$/.exec(option) ?? [];
  return kind === undefined || onHost(kind === 'uid' ? uids : gids, Number(id)) !== undefined;
}

function bindMount(
  { plan }: InitContext,
  tree: RootTree,
  { mount, options, source: taken }: { mount: Mount; options: MountOptions; source: Fd | undefined },
): void {
  const source = mount.source ?? '';
  const copy = taken ?? cloneSource(tree.kernel, mount, options);
  setAttributes(tree, copy, options);
  // `ro` is for the uppermost mount alone, but nobody who shows the host's /sys so means its cgroups to be written, which
  // the host's user may (CVE-2023-25809).
  if (resolve('/', source) === '/sys') {
    const set = options.attrSet & MOUNT_ATTR_RDONLY;
    if (set) tree.kernel.mountSetattr(copy, '', AT_EMPTY_PATH | AT_RECURSIVE, { set });
  }
  const comes = plan.sourcesToCome?.includes(source) ?? false;
  const target =
    comes || isFolder(source, mount.destination) ? tree.folder(mount.destination) : tree.file(mount.destination);
  tree.attach(copy, target, mount.destination);
  setPropagation(tree, copy, options);
}

function place(tree: RootTree, made: Fd, { mount, options }: { mount: Mount; options: MountOptions }): void {
  tree.attach(made, tree.folder(mount.destination), mount.destination);
  setPropagation(tree, made, options);
}

function setAttributes(tree: RootTree, mount: Fd, options: MountOptions): void {
  const { kernel } = tree;
  if (options.attrSet || options.attrClear) {
    kernel.mountSetattr(mount, '', AT_EMPTY_PATH, { set: options.attrSet, clear: options.attrClear });
  }
  if (options.recursiveAttrSet || options.recursiveAttrClear) {
    const change = { set: options.recursiveAttrSet, clear: options.recursiveAttrClear };
    kernel.mountSetattr(mount, '', AT_EMPTY_PATH | AT_RECURSIVE, change);
  }
}

function setPropagation(tree: RootTree, mount: Fd, options: MountOptions): void {
  for (const word of options.propagation) {
    const flags = PROPAGATION_FLAGS[word] ?? 0;
    const recursive = word.startsWith('r') ? AT_RECURSIVE : 0;
    tree.kernel.mountSetattr(mount, '', AT_EMPTY_PATH | recursive, { propagation: flags & ~0x4000 });
  }
}

/** A bind's place must be of its source's kind. The source is a path of the host, which the container cannot change. */
function isFolder(source: string, destination: string): boolean {
  try {
    return statSync(source).isDirectory();
  } catch (cause) {
    throw new KeelsonError('not-found', `cannot mount ${source} at ${destination}: there is no such file or folder`, {
      code: 'MOUNT_SOURCE_MISSING',
      hint: 'make it first, or check the path for a typing error',
      cause,
    });
  }
}
