import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EAGAIN, O_DIRECTORY, O_RDONLY, SyscallError } from '../../kernel/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import { makeFolders } from '../make-folders.ts';
import { unpackLayer } from '../unpack/unpack-layer.ts';
import { DraftFolder } from './draft-folder.ts';
import { readLayer } from './read-layer.ts';
import type { Layer } from './snapshotter.ts';

const ATTEMPTS = 3;

/** What unpacking needs. */
export interface UnpackContext {
  store: ContentStore;
  /** Starts a process to unpack in: its umask is changed, and locks go with it. */
  startAgent: () => Agent;
  /** May we give files away and make devices? */
  privileged: boolean;
}

/**
 * Unpacked layers, one folder each, in overlayfs's form. A folder appears whole or not at all, and never changes: whoever
 * finds it uses it without a lock.
 */
export class LayerFolders {
  readonly #parent: string;
  readonly #context: UnpackContext;
  readonly #unpacking = new Map<string, Promise<void>>();

  constructor(parent: string, context: UnpackContext) {
    this.#parent = parent;
    this.#context = context;
  }

  /** The folders of an image's layers, the topmost first; those that are missing are unpacked. */
  async ensure(layers: readonly Layer[]): Promise<string[]> {
    const folders: string[] = [];
    for (const layer of layers) {
      const folder = join(this.#parent, nameOf(layer));
      if (!existsSync(folder)) await this.#once(layer, folders);
      folders.unshift(folder);
    }
    return folders;
  }

  /** Two containers of one new image wait for the same work. */
  async #once(layer: Layer, lower: readonly string[]): Promise<void> {
    const running = this.#unpacking.get(layer.chainId);
    if (running !== undefined) return running;
    const work = this.#unpack(layer, [...lower]).finally(() => this.#unpacking.delete(layer.chainId));
    this.#unpacking.set(layer.chainId, work);
    await work;
  }

  async #unpack(layer: Layer, lower: readonly string[]): Promise<void> {
    makeFolders(this.#parent);
    await using agent = this.#context.startAgent();
    for (let attempt = 1; ; attempt++) {
      const draft = await DraftFolder.make(agent.kernel, this.#parent);
      try {
        await this.#fill(agent.kernel, draft, { layer, lower });
        return await draft.keep(nameOf(layer));
      } catch (error) {
        // With the agent gone nothing can be removed; the next one to unpack does it.
        await draft.discard().catch(() => undefined);
        // A mount or rename elsewhere came between a look-up with `..` in it (openat2(2)).
        const again = error instanceof SyscallError && error.errno === EAGAIN && attempt < ATTEMPTS;
        if (!again) throw error;
      }
    }
  }

  async #fill(kernel: Kernel, draft: DraftFolder, from: { layer: Layer; lower: readonly string[] }): Promise<void> {
    const { store, privileged } = this.#context;
    const lower = await openFolders(kernel, from.lower);
    await unpackLayer(kernel, readLayer(store, from.layer), {
      root: draft.fd,
      lower,
      whiteouts: lower.length > 0 ? 'mark' : 'ignore',
      privileged,
    });
    for (const fd of lower) kernel.close(fd);
  }
}

async function openFolders(kernel: Kernel, paths: readonly string[]): Promise<number[]> {
  const opened = paths.map((path) => kernel.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY));
  const fds: number[] = [];
  for (const fd of opened) fds.push(await fd);
  return fds;
}

function nameOf({ chainId }: Layer): string {
  return chainId.slice(chainId.indexOf(':') + 1);
}
