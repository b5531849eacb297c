import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { invalid, KeelsonError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';

/**
 * Writes an archive to a file, which appears when it is whole, or to the standard output.
 * @throws KeelsonError `OUTPUT_TERMINAL`, `FILE_UNWRITABLE`
 */
export async function writeArchive(
  archive: AsyncIterable<Buffer>,
  path: string | undefined,
  { folder, stdout }: Pick<CliContext, 'folder' | 'stdout'>,
): Promise<void> {
  if (path !== undefined) return await writeFile(archive, resolve(folder, path));
  if (stdout.isTTY) {
    throw invalid(
      'OUTPUT_TERMINAL',
      'an archive is nothing for a terminal',
      'name a file with --output, or redirect it',
    );
  }
  for await (const chunk of archive) if (stdout.write(chunk) === false) await stdout.drained?.();
}

async function writeFile(archive: AsyncIterable<Buffer>, path: string): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  let failure: unknown;
  const told = (async function* () {
    try {
      yield* archive;
    } catch (error) {
      failure = error;
      throw error;
    }
  })();
  try {
    await pipeline(Readable.from(told), createWriteStream(draft, { mode: 0o600 }));
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    if (failure !== undefined) throw failure;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KeelsonError('unavailable', `cannot write ${path}: ${reason}`, { code: 'FILE_UNWRITABLE', cause });
  }
}
