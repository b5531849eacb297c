import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, O_DIRECTORY, O_RDONLY } from '../../kernel/index.ts';
import { TemporaryFiles } from '../content/temporary-files.ts';
import { writeDurably } from '../content/write-durably.ts';
import { makeFolders } from '../make-folders.ts';

/**
 * Which layer folders may not be on the disk yet. Waiting for the disk takes as long as unpacking, and a layer can be
 * unpacked again: so a mark beside it says since which start of the host, and after the next start it counts for nothing.
 */
export class UnsyncedLayers {
  readonly #layers: string;
  readonly #marks: string;

  /** @param layers folder of the layers; the marks lie in one beside it */
  constructor(layers: string) {
    this.#layers = layers;
    this.#marks = join(layers, '../unsynced');
  }

  /** Did the host go down before the layer was on its disk? Cheap where it has no mark. */
  isLost(name: string): boolean {
    const mark = this.#mark(name);
    if (!existsSync(mark)) return false;
    try {
      return readFileSync(mark, 'latin1') !== bootId();
    } catch {
      // Another program has just synced it.
      return false;
    }
  }

  /** To be called before the folder gets its name: the mark is on the disk first. */
  async add(name: string): Promise<void> {
    makeFolders(this.#marks);
    await writeDurably(this.#mark(name), Buffer.from(bootId()), new TemporaryFiles(this.#marks));
  }

  /** Puts on the disk what is not there yet. */
  async settle(kernel: Kernel): Promise<void> {
    if (!existsSync(this.#marks)) return;
    new TemporaryFiles(this.#marks).sweep();
    const names = readdirSync(this.#marks).filter((name) => /^[0-9a-f]+$/.test(name));
    // Where there is a mark alone, another program is about to give the folder its name: it may not be on the disk with the rest.
    const waiting = names.filter((name) => !this.isLost(name) && existsSync(join(this.#layers, name)));
    if (waiting.length === 0) return;
    const fd = kernel.openat(AT_FDCWD, this.#layers, O_RDONLY | O_DIRECTORY);
    kernel.syncfs(fd);
    await kernel.close(fd);
    for (const name of waiting) rmSync(this.#mark(name), { force: true });
  }

  #mark(name: string): string {
    return join(this.#marks, name);
  }
}

let known: string | undefined;

function bootId(): string {
  known ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return known;
}
