import type { Fd, Kernel, Value } from '../../kernel/index.ts';
import {
  AT_REMOVEDIR,
  EBADF,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_RDONLY,
  RESOLVE_BENEATH,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from '../../kernel/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';
import { entryPath, joined } from './entry-path.ts';
import { pathBytes } from './path-bytes.ts';

const HOW = {
  flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
  resolve: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
};

/** A tree to remove from. */
export interface Removal {
  /** Paths are below this folder. */
  dir: Fd;
  /** What stays, with the folders that it lies in. */
  keep?: (path: ByteString) => boolean;
}

/**
 * Removes what lies at `path`, a file or a folder with all it holds; nothing there is right too. For the empty path, all
 * that is in `dir`. Follows no link, stays on the file system, and opens each folder from the top, so that depth costs
 * no descriptors.
 */
export async function removeTree(kernel: Kernel, path: ByteString, removal: Removal): Promise<void> {
  const { folder: parent, base } = entryPath(path);
  const folders = base === '' ? [''] : await removeEntries(kernel, { folder: parent, names: [base] }, removal);
  // Grows while it is walked: a folder's folders come behind it.
  for (const folder of folders) {
    const fd = await kernel.openat2(removal.dir, pathBytes(folder || '.'), HOW);
    for (let names = await entryNames(kernel, fd); names.length > 0; names = await entryNames(kernel, fd)) {
      folders.push(...(await removeEntries(kernel, { folder, names }, removal)));
    }
    await kernel.close(fd);
  }
  for (const folder of folders.toReversed()) {
    if (folder !== '' && !removal.keep?.(folder)) await removeFolder(kernel, folder, removal);
  }
}

async function removeFolder(kernel: Kernel, path: ByteString, { dir, keep }: Removal): Promise<void> {
  const { folder, base } = entryPath(path);
  const fd = kernel.openat2(dir, pathBytes(folder || '.'), HOW);
  kernel.unlinkat(fd, pathBytes(base), AT_REMOVEDIR, keep ? { allow: [ENOTEMPTY] } : {});
  await kernel.close(fd);
}

/** Removes the files among these entries of a folder; answers the paths of the folders among them. */
async function removeEntries(
  kernel: Kernel,
  { folder, names }: { folder: ByteString; names: readonly ByteString[] },
  { dir, keep }: Removal,
): Promise<ByteString[]> {
  const fd = await kernel.openat2(dir, pathBytes(folder || '.'), HOW, { allow: [ENOENT, ENOTDIR] });
  if (fd < 0) return [];
  const results = names.map((base) => {
    const path = joined({ folder, base });
    const kept = keep?.(path) === true;
    const value = kept
      ? probeFolder(kernel, fd, base)
      : kernel.unlinkat(fd, pathBytes(base), 0, { allow: [EISDIR, ENOENT] });
    return { path, kept, value };
  });
  await kernel.close(fd);
  const folders: ByteString[] = [];
  for (const { path, kept, value } of results) {
    const answer = await value;
    if (kept ? answer >= 0 : answer === -EISDIR) folders.push(path);
  }
  return folders;
}

/** A kept entry stays, but if it is a folder there may be something in it that does not. */
function probeFolder(kernel: Kernel, fd: Fd, base: ByteString): Value {
  const probe = kernel.openat2(fd, pathBytes(base), HOW, { allow: [ENOENT, ENOTDIR, ELOOP] });
  kernel.close(probe, { allow: [EBADF] });
  return probe;
}

/** Some names of an open folder, without `.` and `..`; none at its end. */
export async function entryNames(kernel: Kernel, fd: Fd): Promise<ByteString[]> {
  for (;;) {
    const entries = await kernel.getdents64(fd, 16_384);
    if (entries.length === 0) return [];
    const names: ByteString[] = [];
    // struct linux_dirent64 of getdents(2): d_reclen at 16, the name from 19 to a NUL.
    for (let at = 0; at < entries.length; at += entries.readUInt16LE(at + 16)) {
      const name = entries.toString('latin1', at + 19, entries.indexOf(0, at + 19));
      if (name !== '.' && name !== '..') names.push(name);
    }
    if (names.length > 0) return names;
  }
}
