import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageStore, type ImageStoreOptions } from '../../../src/image/index.ts';

export const isRoot = process.getuid?.() === 0;

/** A folder for one test, gone with it. `below`: where to make it. */
export class TemporaryFolder implements Disposable {
  readonly path: string;

  constructor(below: string = tmpdir()) {
    this.path = mkdtempSync(join(below, 'keelson-image-'));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** An image store with a data root of its own. `below`: where to make it. */
export class TemporaryStore extends ImageStore implements Disposable {
  readonly #folder: TemporaryFolder;
  readonly root: string;

  constructor({ below, ...options }: Partial<ImageStoreOptions> & { below?: string } = {}) {
    const folder = new TemporaryFolder(below);
    const root = join(folder.path, 'root');
    super({ root, ...options });
    this.#folder = folder;
    this.root = root;
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
