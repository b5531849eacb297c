import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { candidates, noRangeLeft, rangePool } from './user-namespace.ts';

/**
 * Host ids that containers have, a file for each block, named after its first id and holding the container's id. Like
 * addresses they are the host's, whatever the data root: two engines must not give the same ids to two containers.
 */
export class IdRanges {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reserves `size` ids in a row; gives the first. */
  reserve(size: number, containerId: string): number {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const blocks of candidates(rangePool(readIfThere('/etc/subuid'), readIfThere('/etc/subgid')), size)) {
      const taken = blocks.filter((block) => this.#take(block, containerId));
      const [first] = blocks;
      if (taken.length === blocks.length && first !== undefined) return first;
      for (const block of taken) rmSync(join(this.#folder, String(block)));
    }
    throw noRangeLeft(size);
  }

  /** Idempotent. */
  release(containerId: string): void {
    if (!existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name);
      if (readIfThere(path) === containerId) rmSync(path, { force: true });
    }
  }

  #take(block: number, containerId: string): boolean {
    try {
      writeFileSync(join(this.#folder, String(block)), containerId, { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
