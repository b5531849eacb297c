import { KeelsonError } from '../../base/index.ts';
import type { Fd, FileStatus, Kernel } from '../../kernel/index.ts';
import {
  AT_SYMLINK_NOFOLLOW,
  ELOOP,
  ENOENT,
  ENOTDIR,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_RDONLY,
  RESOLVE_BENEATH,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  S_IFCHR,
  S_IFDIR,
  S_IFMT,
} from '../../kernel/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';
import { pathBytes } from '../unpack/path-bytes.ts';
import { entryNames } from '../unpack/remove-tree.ts';

/** No link is followed, and nothing that is mounted below is entered: a container may be writing there. */
export const RESOLVE_WITHIN: number = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;

/** A folder of one layer, in overlayfs's form. */
export interface LayerFolder {
  entries: ReadonlyMap<ByteString, FileStatus>;
  /** Nothing of the layers below shines through. */
  isOpaque: boolean;
}

/**
 * Reads a folder below a layer's root; undefined when there is none at this path.
 * @throws KeelsonError unsupported `LAYER_REDIRECT`
 */
export async function readFolder(kernel: Kernel, root: Fd, path: ByteString): Promise<LayerFolder | undefined> {
  const how = { flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW, resolve: RESOLVE_WITHIN };
  const fd = await kernel.openat2(root, pathBytes(path || '.'), how, { allow: [ENOENT, ENOTDIR, ELOOP] });
  if (fd < 0) return undefined;
  const attributes = kernel.flistxattr(fd);
  const marks = ['trusted', 'user'].map((kind) => kernel.fgetxattr(fd, `${kind}.overlay.opaque`));
  refuseRedirect(path, await attributes);
  const isOpaque = (await Promise.all(marks)).some((value) => value?.toString() === 'y');
  const entries = new Map<ByteString, FileStatus>();
  for (let names = await entryNames(kernel, fd); names.length > 0; names = await entryNames(kernel, fd)) {
    const found = names.map((name) => ({
      name,
      status: kernel.statx(fd, pathBytes(name), AT_SYMLINK_NOFOLLOW, { allow: [ENOENT] }),
    }));
    await kernel.flush();
    for (const { name, status } of found) {
      const known = await status;
      // It may have gone since its name was read.
      if (known.nlink > 0) entries.set(name, known);
    }
  }
  await kernel.close(fd);
  return { entries, isOpaque };
}

/** With `redirect_dir` or `metacopy` a layer says that its content lies elsewhere (overlayfs.rst); we never mount so. */
export function refuseRedirect(path: ByteString, attributes: readonly string[]): void {
  if (!attributes.some((name) => /^(trusted|user)\.overlay\.(redirect|metacopy)$/.test(name))) return;
  const shown = Buffer.from(path, 'latin1').toString();
  throw new KeelsonError('unsupported', `the content of /${shown} lies in another layer`, {
    code: 'LAYER_REDIRECT',
    hint: 'turn off redirect_dir and metacopy of the module overlay, and make the container anew',
  });
}

export function isFolder({ mode }: FileStatus): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}

/** What overlayfs hides a name of the layers below with. */
export function isWhiteout({ mode, rdevMajor, rdevMinor }: FileStatus): boolean {
  return (mode & S_IFMT) === S_IFCHR && rdevMajor === 0 && rdevMinor === 0;
}
