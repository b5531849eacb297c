import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { resolve } from 'node:path/posix';
import { KeelsonError } from '../base/index.ts';

/** Nothing that a flag names is this large; a device or a wrong path may be endless. */
const LARGEST = 16 * 1024 * 1024;
/** Milliseconds: how often a pipe is asked again, and how long one waits for somebody to write into it. */
const PIPE_PAUSE = 5;
const PIPE_PATIENCE = 2000;

/**
 * The content of a small file that the user named.
 * @param folder where a relative path starts
 * @throws KeelsonError `FILE_UNREADABLE`, naming the file
 */
export function readUserFile(folder: string, path: string): Uint8Array {
  const refuse = (reason: string, cause?: unknown) =>
    new KeelsonError('invalid', `cannot read ${path}: ${reason}`, { code: 'FILE_UNREADABLE', cause });
  let file: number;
  // O_NONBLOCK: to open a named pipe waits for its writer, maybe for ever.
  try {
    file = openSync(resolve(folder, path), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    throw refuse(
      code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : `${cause}`,
      cause,
    );
  }
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) throw refuse('it is a folder');
    // A pipe is fine, `--env-file <(…)`; its size is known when it has ended. A device may never end.
    if (!status.isFile() && !status.isFIFO()) throw refuse('it is no file');
    if (status.size > LARGEST) throw refuse('it is larger than 16 MiB');
    const content = status.isFIFO() ? readPipe(file) : readFileSync(file);
    if (content === undefined) throw refuse('nobody writes into that pipe');
    if (content.length > LARGEST) throw refuse('it is larger than 16 MiB');
    return content;
  } finally {
    closeSync(file);
  }
}

/** All that comes until the last writer closes, a little more than the largest at most; undefined when none came. */
function readPipe(file: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  let total = 0;
  for (let waited = 0; total <= LARGEST; ) {
    const chunk = Buffer.alloc(65_536);
    const length = readNow(file, chunk);
    // Nothing to read is the end once something came, and until then a writer that may still open it.
    if (length === 0 && total > 0) break;
    if (length === 0 && waited >= PIPE_PATIENCE) return undefined;
    if (length > 0) {
      chunks.push(chunk.subarray(0, length));
      total += length;
    } else {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_PAUSE);
      if (length === 0) waited += PIPE_PAUSE;
    }
  }
  return Buffer.concat(chunks);
}

/** How much came; 0: nobody has the pipe open for writing, -1: somebody has, and is silent. */
function readNow(file: number, into: Buffer): number {
  try {
    return readSync(file, into);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return -1;
    throw error;
  }
}
