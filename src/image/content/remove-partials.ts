import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EAGAIN, ENOENT, LOCK_EX, LOCK_NB, O_RDWR } from '../../kernel/index.ts';
import { diskError } from '../disk-error.ts';
import type { ContentStore } from './content-store.ts';

/** Milliseconds. Who goes on with a broken pull does so within days; what is left longer fills the disk for nobody. */
export const PARTIAL_AGE = 7 * 24 * 60 * 60 * 1000;

/**
 * Removes what broken pulls have left and nobody has written to for so long. What somebody is getting now has a lock on it
 * and stays; who waits for that lock sees that the file has no name any more.
 * @returns bytes that this gave
 */
export async function removePartials(kernel: Kernel, store: ContentStore, age: number): Promise<number> {
  const folder = join(store.root, 'partial');
  let bytes = 0;
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (!status?.isFile() || Date.now() - status.mtimeMs < age) continue;
    const lock = await kernel.openat(AT_FDCWD, path, O_RDWR, 0, { allow: [ENOENT] });
    if (lock < 0) continue;
    if ((await kernel.flock(lock, LOCK_EX | LOCK_NB, { allow: [EAGAIN] })) === 0) {
      bytes += status.blocks * 512;
      rmSync(path, { force: true });
    }
    await kernel.close(lock);
  }
  return bytes;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw diskError('read', folder, cause);
  }
}
