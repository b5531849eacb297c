import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { candidates, noRangeLeft, rangePool } from './user-namespace.ts';

/**
 * Host ids that containers have, a symbolic link for each block, named after its first id and leading to the container's.
 * Like addresses they are the host's, whatever the data root: two engines must not give the same ids to two containers.
 */
export class IdRanges {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reserves `size` ids in a row for a container that is recorded already, or nobody would release them; gives the first. */
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
      if (targetOf(path) === containerId) rmSync(path, { force: true });
    }
  }

  #take(block: number, containerId: string): boolean {
    try {
      // In one step with its content, so that a crash leaves no block that is nobody's.
      symlinkSync(containerId, join(this.#folder, String(block)));
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
  }
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
