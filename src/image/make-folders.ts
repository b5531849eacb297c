import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { KeelsonError } from '../base/index.ts';
import { diskError } from './disk-error.ts';

/**
 * Makes a folder, which only we can enter, and those above it that are missing. Not with `recursive` of node:fs, which
 * never ends where mkdir(2) says ENOENT although the folder above is there, as in /proc.
 */
export function makeFolders(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) makeFolders(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    const status = statSync(path, { throwIfNoEntry: false });
    // Another process was faster.
    if (status?.isDirectory()) return;
    if (!status) throw diskError('make', path, cause);
    throw new KeelsonError('invalid', `${path} is in the way: it is not a folder`, { code: 'ENOTDIR', cause });
  }
}
