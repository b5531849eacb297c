import { type Dirent, readdirSync, rmdirSync, unlinkSync } from 'node:fs';

const SLASH = Buffer.from('/');

/**
 * Removes a folder and what it holds, if that is no more than `limit` entries; nothing there is right too. For the usual
 * container, which wrote next to nothing: done before node:fs/promises would be loaded. Follows no link.
 * @returns false when there were more, some of which are then gone
 */
export function removeFew(folder: string, limit: number): boolean {
  return removeWithin(Buffer.from(folder), { left: limit });
}

/** Names need not be UTF-8, so paths are bytes. */
function removeWithin(folder: Buffer, budget: { left: number }): boolean {
  const entries = readEntries(folder);
  if (!entries) return true;
  budget.left -= entries.length;
  if (budget.left < 0) return false;
  for (const entry of entries) {
    const path = Buffer.concat([folder, SLASH, entry.name]);
    if (!entry.isDirectory()) unlinkSync(path);
    else if (!removeWithin(path, budget)) return false;
  }
  rmdirSync(folder);
  return true;
}

function readEntries(folder: Buffer): Dirent<Buffer>[] | undefined {
  try {
    return readdirSync(folder, { encoding: 'buffer', withFileTypes: true });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') return undefined;
    // The folder that overlayfs keeps in its work folder has no permission at all; it is empty.
    if (code === 'EACCES') return [];
    throw cause;
  }
}
