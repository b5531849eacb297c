import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent, Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EAGAIN, O_DIRECTORY, O_RDONLY, S_ISGID, SyscallError } from '../../kernel/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import { makeFolders } from '../make-folders.ts';
import { removeTree } from '../unpack/remove-tree.ts';
import { unpackArchive } from '../unpack/unpack-layer.ts';
import { decompressLayer } from './decompress-layer.ts';
import { DraftFolder } from './draft-folder.ts';
import { measureTree } from './measure-tree.ts';
import type { Layer, ReceivedLayer } from './snapshotter.ts';
import { UnpackAgents } from './unpack-agents.ts';
import { UnsyncedLayers } from './unsynced-layers.ts';

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
  readonly #unsynced: UnsyncedLayers;
  readonly #agents: UnpackAgents;
  readonly #unpacking = new Map<string, Promise<void>>();

  constructor(parent: string, context: UnpackContext) {
    this.#parent = parent;
    this.#context = context;
    this.#unsynced = new UnsyncedLayers(parent);
    this.#agents = new UnpackAgents(context.startAgent);
  }

  has(layer: Layer): boolean {
    return existsSync(this.#folder(layer)) && !this.#unsynced.isLost(nameOf(layer));
  }

  /** Puts on the disk what may not be there yet. */
  settle(kernel: Kernel): Promise<void> {
    return this.#unsynced.settle(kernel);
  }

  /** The folders of an image's layers, the topmost first; those that are missing are unpacked. */
  async ensure(layers: readonly Layer[]): Promise<string[]> {
    for (const [i, layer] of layers.entries()) {
      if (!this.has(layer)) await this.#once(layer, layers.slice(0, i));
    }
    return this.folders(layers);
  }

  /** The topmost first. */
  folders(layers: readonly Layer[]): string[] {
    return layers.map((layer) => this.#folder(layer)).toReversed();
  }

  /**
   * Removes the folders of layers that are not needed. Each becomes a draft without an owner first, so that a crash leaves no
   * half layer, and the next one to unpack goes on with it.
   */
  async collect(kernel: Kernel, needed: ReadonlySet<string>): Promise<number> {
    if (!existsSync(this.#parent)) return 0;
    const kept = new Set([...needed].map((chainId) => chainId.slice(chainId.indexOf(':') + 1)));
    const waste = readdirSync(this.#parent).filter((name) => /^[0-9a-f]{64,}$/.test(name) && !kept.has(name));
    let bytes = 0;
    const parent = await kernel.openat(AT_FDCWD, this.#parent, O_RDONLY | O_DIRECTORY);
    for (const name of waste) {
      bytes += (await measureTree(join(this.#parent, name)))?.bytes ?? 0;
      await kernel.renameat2([parent, name], [parent, `draft-${name}`]);
      await removeTree(kernel, `draft-${name}`, { dir: parent });
    }
    await kernel.close(parent);
    return bytes;
  }

  /** Unpacks a layer into a draft, which needs none of those below yet. The caller publishes or discards it. */
  async receive(layer: Layer, content: AsyncIterable<Buffer>): Promise<ReceivedLayer> {
    makeFolders(this.#parent);
    await using disposal = new AsyncDisposableStack();
    let isClean = false;
    const agent = disposal.adopt(this.#agents.take(), (taken) => this.#agents.giveBack(taken, isClean));
    const draft = await DraftFolder.make(agent.kernel, this.#parent);
    // With the agent gone nothing can be removed; the next one to unpack does it.
    const discard = disposal.adopt(true, async () => draft.discard().catch(() => undefined));
    void discard;
    const isLowest = layer.chainId === layer.diffId;
    const archive = await unpackArchive(agent.kernel, decompressLayer(layer, content), {
      root: draft.fd,
      whiteouts: isLowest ? 'ignore' : 'mark',
      privileged: this.#context.privileged,
      ownedByRoot: await isOwnedByRoot(agent.kernel, draft.fd),
    });
    const owned = disposal.move();
    const publish = async (below: readonly Layer[]) => {
      await using _ = owned;
      const lower = await openFolders(agent.kernel, below.map((other) => this.#folder(other)).toReversed());
      await archive.finish(lower);
      for (const fd of lower) agent.kernel.close(fd);
      const name = nameOf(layer);
      if (this.#unsynced.isLost(name)) await removeTree(agent.kernel, name, { dir: draft.parent });
      await this.#unsynced.add(name);
      await draft.keep(name);
      await draft.close();
      isClean = true;
    };
    return { publish, discard: () => owned.disposeAsync() };
  }

  /** Two containers of one new image wait for the same work. */
  async #once(layer: Layer, below: readonly Layer[]): Promise<void> {
    const running = this.#unpacking.get(layer.chainId);
    if (running !== undefined) return running;
    const work = this.#unpack(layer, below).finally(() => this.#unpacking.delete(layer.chainId));
    this.#unpacking.set(layer.chainId, work);
    await work;
  }

  async #unpack(layer: Layer, below: readonly Layer[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const received = await this.receive(layer, this.#context.store.read(layer.blob));
        return await received.publish(below);
      } catch (error) {
        if (!isPassing(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  #folder(layer: Layer): string {
    return join(this.#parent, nameOf(layer));
  }
}

/** A mount or rename elsewhere came between a look-up with `..` in it (openat2(2)): unpacking again may do. */
export function isPassing(error: unknown): boolean {
  return error instanceof SyscallError && error.errno === EAGAIN;
}

/**
 * Files take the user and group of the process that makes them, or the group of their folder where that has the setgid bit
 * or the file system was mounted so ("bsdgroups"). Of a layer's own folders all begin like its root.
 */
async function isOwnedByRoot(kernel: Kernel, root: Fd): Promise<boolean> {
  const { uid, gid, mode } = await kernel.fstat(root);
  return uid === 0 && gid === 0 && (mode & S_ISGID) === 0 && process.geteuid?.() === 0 && process.getegid?.() === 0;
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
