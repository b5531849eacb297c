import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid, KeelsonError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';

/**
 * An archive that the user named, or the standard input. A folder is given as such.
 * @throws KeelsonError `FILE_UNREADABLE`, `INPUT_TERMINAL`
 */
export function readArchive(
  path: string | undefined,
  { folder, stdin }: Pick<CliContext, 'folder' | 'stdin'>,
): AsyncIterable<Buffer> | { folder: string } {
  if (path === undefined || path === '-') {
    if (stdin.isTTY || !stdin.chunks) {
      throw invalid('INPUT_TERMINAL', 'no archive comes in', 'name a file with --input, or redirect one to the input');
    }
    return stdin.chunks();
  }
  const whole = resolve(folder, path);
  try {
    if (statSync(whole).isDirectory()) return { folder: whole };
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const reason = isMissing ? 'there is no such file' : String(cause);
    throw new KeelsonError('invalid', `cannot read ${path}: ${reason}`, { code: 'FILE_UNREADABLE', cause });
  }
  return createReadStream(whole, { highWaterMark: 1 << 18 });
}
