import { lstatSync, mkdirSync } from 'node:fs';

/** Is this a folder that our own user alone can enter? Made where it is missing, in a folder that is there. */
export function isPrivateFolder(path: string, uid: number): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    // there already, or the next line says that it is not
  }
  try {
    const status = lstatSync(path);
    return status.isDirectory() && status.uid === uid && (status.mode & 0o077) === 0;
  } catch {
    return false;
  }
}
