// host-path: the source of a bind mount is a path of the host, named by whoever starts the container
import { statSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';
import type { Fd } from '../../kernel/index.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_RECURSIVE, OPEN_TREE_CLONE } from '../../kernel/index.ts';
import type { Mount, MountOptions } from '../../spec/index.ts';
import { parseMountOptions } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';
import type { CgroupMounter } from './cgroup-mounter.ts';
import { PROPAGATION_FLAGS } from './root-mount.ts';
import type { RootTree } from './root-tree.ts';

/** Makes the spec's mounts in order. */
export function mountAll(context: InitContext, tree: RootTree, mountCgroup: CgroupMounter): void {
  (context.spec.mounts ?? []).forEach((mount, index) => {
    const options = parseMountOptions(mount.options ?? []);
    const bind = options.bind !== 'none' || mount.type === 'bind';
    const what = bind ? `bind ${mount.source}` : `mount a fresh ${mount.type}`;
    context.kernel.step('Mounts', `${what} at ${mount.destination}`, because(context, `mounts[${index}]`));
    if (mount.type === 'cgroup' || mount.type === 'cgroup2') mountCgroup(tree, mount, options);
    else if (bind) bindMount(context, tree, mount, options);
    else newMount(tree, mount, options);
  });
}

function newMount(tree: RootTree, mount: Mount, options: MountOptions): void {
  const { kernel } = tree;
  const fs = kernel.fsopen(mount.type ?? 'none');
  if (mount.source) kernel.fsconfigSet(fs, 'source', mount.source);
  for (const option of options.data) {
    const split = option.indexOf('=');
    if (split < 0) kernel.fsconfigSet(fs, option);
    else kernel.fsconfigSet(fs, option.slice(0, split), option.slice(split + 1));
  }
  kernel.fsconfigCreate(fs);
  const made = kernel.fsmount(fs, options.attrSet);
  kernel.close(fs);
  place(tree, made, { mount, options });
}

function bindMount(context: InitContext, tree: RootTree, mount: Mount, options: MountOptions): void {
  const source = mount.source ?? '';
  const recursive = options.bind === 'bind' ? 0 : AT_RECURSIVE;
  const copy = context.kernel.openTree(AT_FDCWD, source, OPEN_TREE_CLONE | recursive);
  setAttributes(tree, copy, options);
  const target = isFolder(source, mount.destination) ? tree.folder(mount.destination) : tree.file(mount.destination);
  tree.attach(copy, target, mount.destination);
  setPropagation(tree, copy, options);
}

function place(tree: RootTree, made: Fd, { mount, options }: { mount: Mount; options: MountOptions }): void {
  tree.attach(made, tree.folder(mount.destination), mount.destination);
  setPropagation(tree, made, options);
}

function setAttributes(tree: RootTree, mount: Fd, options: MountOptions): void {
  const { kernel } = tree;
  if (options.idmap !== 'none') {
    throw new KeelsonError('unsupported', 'id-mapped mounts need uidMappings and gidMappings', {
      code: 'IDMAP_MISSING',
    });
  }
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
