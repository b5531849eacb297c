import type { Kernel } from '../../kernel/index.ts';
import { S_IFMT, S_IFREG } from '../../kernel/index.ts';
import type { TreeEntry } from './merged-folder.ts';
import { openEntry, openToRead } from './open-entry.ts';
import { isFolder } from './read-folder.ts';

/**
 * Is an entry that a container copied as it was before? Docker's rule: by what lists show, and by the capabilities of a file.
 * A folder's time tells nothing, for what is in it is told.
 */
export async function isSame(kernel: Kernel, now: TreeEntry, before: TreeEntry): Promise<boolean> {
  const [a, b] = [now.status, before.status];
  const isAlike = a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
  if (!isAlike || isFolder(a)) return isAlike;
  if (a.size !== b.size || a.mtime !== b.mtime) return false;
  if (a.rdevMajor !== b.rdevMajor || a.rdevMinor !== b.rdevMinor) return false;
  return (await capabilities(kernel, now)) === (await capabilities(kernel, before));
}

async function capabilities(kernel: Kernel, { layer, path, status }: TreeEntry): Promise<string | undefined> {
  if ((status.mode & S_IFMT) !== S_IFREG) return undefined;
  const fd = await openEntry(kernel, layer, path);
  if (fd === undefined) return undefined;
  const opened = await openToRead(kernel, fd);
  const value = await kernel.fgetxattr(opened, 'security.capability');
  kernel.close(opened);
  await kernel.close(fd);
  return value?.toString('hex');
}
