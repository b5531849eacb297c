import { closeSync, fstatSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { resolve } from 'node:path/posix';
import { isKeelsonError, KeelsonError } from '../base/index.ts';

/** Nothing that a flag names is this large; a device or a wrong path may be endless. */
const LARGEST = 16 * 1024 * 1024;

/**
 * The content of a small file that the user named.
 * @param folder where a relative path starts
 * @throws KeelsonError `FILE_UNREADABLE`, naming the file
 */
export function readUserFile(folder: string, path: string): Uint8Array {
  const refuse = (reason: string, cause?: unknown) =>
    new KeelsonError('invalid', `cannot read ${path}: ${reason}`, { code: 'FILE_UNREADABLE', cause });
  let file: number;
  try {
    // Opening a named pipe that nobody writes to would wait for ever. That of `<(…)` has no name, and its reader no wait.
    if (isNamedPipe(resolve(folder, path))) throw refuse('it is a named pipe');
    file = openSync(resolve(folder, path), 'r');
  } catch (cause) {
    if (isKeelsonError(cause)) throw cause;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    throw refuse(
      code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : `${cause}`,
      cause,
    );
  }
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) throw refuse('it is a folder');
    // The size of a pipe is known when it has ended. A device may never end.
    if (!status.isFile() && !status.isFIFO()) throw refuse('it is no file');
    if (status.size > LARGEST) throw refuse('it is larger than 16 MiB');
    const content = readFileSync(file);
    if (content.length > LARGEST) throw refuse('it is larger than 16 MiB');
    return content;
  } finally {
    closeSync(file);
  }
}

function isNamedPipe(path: string): boolean {
  if (!statSync(path).isFIFO()) return false;
  const link = /^\/(dev|proc\/(self|\d+))\/fd\/\d+$/.test(path) ? readlinkSync(path) : '';
  return !link.startsWith('pipe:');
}
