import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { invalid, KeelsonError } from '../../base/index.ts';
import { diskError } from '../disk-error.ts';
import { makeFolders } from '../make-folders.ts';
import { measureTree } from './measure-tree.ts';
import { removeFew } from './remove-few.ts';
import type { DiskUsage } from './snapshotter.ts';

/** Entries that are removed in one go. */
const FEW = 200;

/** One folder a container, below a common one. */
export class ContainerFolders {
  readonly #parent: string;

  constructor(parent: string) {
    this.#parent = parent;
  }

  /** A new folder for a container, which only we can enter. */
  make(id: string): string {
    const folder = this.#folder(id);
    makeFolders(this.#parent);
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (cause) {
      const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
      if (!exists) throw diskError('make', folder, cause);
      const message = `the container ${id} has a root file system already`;
      throw new KeelsonError('conflict', message, { code: 'SNAPSHOT_EXISTS', cause });
    }
    return folder;
  }

  async remove(id: string): Promise<void> {
    const folder = this.#folder(id);
    try {
      if (removeFew(folder, FEW)) return;
      const { rm } = await import('node:fs/promises');
      // no-mount-below: overlays are mounted in the mount namespace of their container, which is gone
      await rm(folder, { recursive: true, force: true });
    } catch (cause) {
      throw diskError('remove', folder, cause);
    }
  }

  /** What lies in the folder `name` of a container's. */
  async usage(id: string, name: string): Promise<DiskUsage> {
    const usage = await measureTree(join(this.#folder(id), name));
    if (usage) return usage;
    throw new KeelsonError('not-found', `the container ${id} has no root file system`, { code: 'SNAPSHOT_MISSING' });
  }

  #folder(id: string): string {
    if (!/^\w[\w+.-]{0,254}$/.test(id)) throw invalid('SNAPSHOT_ID', `'${id}' cannot be the name of a folder`);
    return join(this.#parent, id);
  }
}
