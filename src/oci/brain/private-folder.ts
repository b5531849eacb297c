import { lstatSync } from 'node:fs';
import { makeFolder } from '../make-folder.ts';

/** Is this a folder that our own user alone can enter? Made where it is missing. */
export function isPrivateFolder(path: string, uid: number): boolean {
  try {
    makeFolder(path);
    const status = lstatSync(path);
    return status.isDirectory() && status.uid === uid && (status.mode & 0o077) === 0;
  } catch {
    return false;
  }
}
