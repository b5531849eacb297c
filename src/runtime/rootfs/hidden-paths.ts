// host-path: only names below /proc and /sys are looked up, which the kernel makes and no container can replace
import { lstatSync } from 'node:fs';
import type { Fd } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  ENOENT,
  ENOTDIR,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  OPEN_TREE_CLONE,
  S_IFDIR,
  S_IFMT,
} from '../../kernel/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';
import type { RootTree } from './root-tree.ts';

const HEADING = 'Hidden paths';

/** Hides paths of /proc and /sys that would show or change the host: files under /dev/null, folders under an empty tmpfs. */
export async function maskPaths(context: InitContext, tree: RootTree): Promise<void> {
  const { kernel, spec } = context;
  let emptyFolder: Fd | undefined;
  for (const path of spec.linux?.maskedPaths ?? []) {
    const kind = isKernelPath(path) ? kindOnHost(path) : await kindInside(tree, path);
    if (kind === 'missing') continue;
    kernel.step(HEADING, `hide ${path}`, because(context, 'linux.maskedPaths'));
    const target = tree.open(path);
    if (kind === 'folder') {
      const cover = emptyFolder === undefined ? emptyTmpfs(tree) : tree.cloneMount(emptyFolder);
      tree.attach(cover, target, path);
      emptyFolder ??= cover;
    } else {
      // The host's /dev/null: the container's own could be anything (CVE-2025-31133).
      tree.attach(kernel.openTree(AT_FDCWD, '/dev/null', OPEN_TREE_CLONE), target, path);
    }
  }
}

/** Makes paths of /proc and /sys read-only by mounting them over themselves. */
export async function makePathsReadOnly(context: InitContext, tree: RootTree): Promise<void> {
  const { kernel, spec } = context;
  for (const path of spec.linux?.readonlyPaths ?? []) {
    const kind = isKernelPath(path) ? kindOnHost(path) : await kindInside(tree, path);
    if (kind === 'missing') continue;
    kernel.step(HEADING, `make ${path} read-only`, because(context, 'linux.readonlyPaths'));
    const target = tree.open(path);
    const copy = tree.cloneMount(target, AT_RECURSIVE);
    const set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    kernel.mountSetattr(copy, '', AT_EMPTY_PATH | AT_RECURSIVE, { set });
    tree.attach(copy, target, path);
  }
}

function emptyTmpfs(tree: RootTree): Fd {
  const { kernel } = tree;
  const fs = kernel.fsopen('tmpfs');
  kernel.fsconfigSet(fs, 'size', '0');
  kernel.fsconfigSet(fs, 'nr_inodes', '1');
  kernel.fsconfigCreate(fs);
  const mount = kernel.fsmount(fs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  kernel.close(fs);
  return mount;
}

type Kind = 'file' | 'folder' | 'missing';

function isKernelPath(path: string): boolean {
  return path.startsWith('/proc/') || path.startsWith('/sys/');
}

/** The kernel's own files are the same in every procfs and sysfs, so the host tells what they are without asking the child. */
function kindOnHost(path: string): Kind {
  try {
    // Many are usually missing, and an error for each would be most of the work.
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found === undefined ? 'missing' : found.isDirectory() ? 'folder' : 'file';
  } catch {
    return 'missing';
  }
}

/** Any other path depends on the image: one more round trip. */
async function kindInside(tree: RootTree, path: string): Promise<Kind> {
  const handle = tree.open(path, { allow: [ENOENT, ENOTDIR] });
  const status = tree.kernel.statx(handle, '', AT_EMPTY_PATH, { allow: 'any' });
  const { mode } = await status;
  if (mode === 0) return 'missing';
  return (mode & S_IFMT) === S_IFDIR ? 'folder' : 'file';
}
