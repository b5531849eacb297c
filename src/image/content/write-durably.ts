import { dirname } from 'node:path';
import { diskError } from '../disk-error.ts';
import type { TemporaryFiles } from './temporary-files.ts';

/**
 * Writes a whole file, or none: to a temporary file first, which is on the disk before it takes the name. After a crash
 * at any point there is the old file or the new one.
 */
export async function writeDurably(path: string, content: Uint8Array, temporary: TemporaryFiles): Promise<void> {
  // Loaded here because it takes milliseconds that a start of a container from what is there already does not need.
  const fs = await import('node:fs/promises');
  const draft = temporary.next();
  try {
    const file = await fs.open(draft, 'wx', 0o644);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await fs.rm(draft, { force: true });
    throw diskError('write', path, cause);
  }
}

/** Gives a whole file its name, with its bytes on the disk before. */
export async function keepDurably(draft: string, path: string): Promise<void> {
  const fs = await import('node:fs/promises');
  try {
    const file = await fs.open(draft);
    await file.sync().finally(() => file.close());
    await rename(draft, path);
  } catch (cause) {
    throw diskError('write', path, cause);
  }
}

async function rename(draft: string, path: string): Promise<void> {
  const fs = await import('node:fs/promises');
  await fs.rename(draft, path);
  const folder = await fs.open(dirname(path));
  await folder.sync().finally(() => folder.close());
}
