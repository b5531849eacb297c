import type { Fd } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  MS_PRIVATE,
  MS_REC,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
  O_DIRECTORY,
  O_PATH,
  OPEN_TREE_CLONE,
} from '../../kernel/index.ts';
import type { Linux } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';
import { createOverlay } from './create-overlay.ts';

const HEADING = 'Root file system';

/** MS_* of a propagation word; the words with `r` in front reach all mounts below. */
export const PROPAGATION_FLAGS: Readonly<Record<string, number>> = {
  shared: MS_SHARED,
  slave: MS_SLAVE,
  private: MS_PRIVATE,
  unbindable: MS_UNBINDABLE,
  rshared: MS_SHARED | MS_REC,
  rslave: MS_SLAVE | MS_REC,
  rprivate: MS_PRIVATE | MS_REC,
  runbindable: MS_UNBINDABLE | MS_REC,
};

/**
 * Cuts the new mount namespace off from the host's: what we mount must not appear there. The default is `slave`:
 * what the host unmounts later also goes here, so the host's mounts are not kept busy (mount_namespaces(7)).
 */
export function isolateMounts(context: InitContext): void {
  const { kernel, spec } = context;
  const wanted = spec.linux?.rootfsPropagation || 'rslave';
  // Shared would show the container's mounts on the host, so all begin as slave; see setRootPropagation.
  const flags = wanted.includes('private') ? MS_PRIVATE | MS_REC : MS_SLAVE | MS_REC;
  kernel.step(HEADING, 'keep our mounts out of the host', because(context, 'linux.rootfsPropagation'));
  kernel.mount(null, '/', null, flags);
}

/**
 * Mounts the container's root folder as a mount of its own and gives a descriptor of it. `received`: through this
 * socket comes an overlay that was made outside.
 */
export function mountRoot(context: InitContext, received?: Fd): Fd {
  const { kernel, plan } = context;
  const field = because(context, 'root.path');
  if (plan.root.kind === 'folder') {
    kernel.step(HEADING, `bind ${plan.root.path}, so that the root is a mount of its own`, field);
    const tree = kernel.openTree(AT_FDCWD, plan.root.path, OPEN_TREE_CLONE | AT_RECURSIVE);
    const place = kernel.openat(AT_FDCWD, plan.root.path, O_PATH | O_DIRECTORY);
    kernel.moveMount(tree, place);
    kernel.close(place);
    return tree;
  }
  kernel.step(HEADING, 'overlay a writable layer over the image', field);
  const overlay = received === undefined ? createOverlay(kernel, plan.root) : kernel.receiveDescriptor(received);
  const place = kernel.openat(AT_FDCWD, plan.root.upper, O_PATH | O_DIRECTORY);
  // Over the upper layer's own folder: it needs no other place, and nobody else sees this namespace.
  kernel.moveMount(overlay, place);
  kernel.close(place);
  return overlay;
}

/** Makes the new root `/`, and lets the old one go: from here on no path leads to the host. */
export function pivotRoot(context: InitContext, root: Fd): void {
  const { kernel } = context;
  kernel.step(HEADING, 'make it the root and let the old one go');
  kernel.fchdir(root);
  // Both in the same place: the old root lies over the new one and is lifted off at once (pivot_root(2)).
  kernel.pivotRoot('.', '.');
  kernel.umount2('.', 2 /* MNT_DETACH */);
  kernel.chdir('/');
}

/** Shared or unbindable can only be given once the host is out of reach. */
export function setRootPropagation(context: InitContext, linux: Linux | undefined): void {
  const flags = PROPAGATION_FLAGS[linux?.rootfsPropagation ?? ''];
  if (flags === undefined || flags & (MS_SLAVE | MS_PRIVATE)) return;
  context.kernel.step(
    HEADING,
    `mark the root ${linux?.rootfsPropagation}`,
    because(context, 'linux.rootfsPropagation'),
  );
  context.kernel.mount(null, '/', null, flags);
}

/** The last change to the root: everything that had to be made in it is there. */
export function makeRootReadOnly(context: InitContext, root: Fd): void {
  if (!context.spec.root?.readonly) return;
  context.kernel.step(HEADING, 'make the root read-only', because(context, 'root.readonly'));
  context.kernel.mountSetattr(root, '', AT_EMPTY_PATH, { set: 1 /* MOUNT_ATTR_RDONLY */ });
}
