import { chmodSync, chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EEXIST, S_IFCHR } from '../../kernel/index.ts';
import { diskError } from '../disk-error.ts';
import { makeFolders } from '../make-folders.ts';
import { ContainerFolders } from './container-folders.ts';
import { hideFolder, pathWithin } from './hide-folder.ts';
import type { UnpackContext } from './layer-folders.ts';
import { LayerFolders } from './layer-folders.ts';
import type {
  DiskUsage,
  Layer,
  ReceivedLayer,
  Snapshot,
  SnapshotOptions,
  SnapshotSource,
  Snapshotter,
} from './snapshotter.ts';
import { sourceFolder } from './source-folder.ts';

export interface OverlayOptions extends UnpackContext {
  /** Folder for unpacked layers, and for what containers write unless `scratch` is given. */
  folder: string;
  /** Where containers write instead; on a file system that overlayfs can write to. */
  scratch?: string | undefined;
  /** The data root: containers over a folder that it lies in do not see it. */
  hidden: string;
}

/** Roots as overlays: layers are unpacked once and shared, and a container's own files lie in a folder of its own. */
export class OverlaySnapshotter implements Snapshotter {
  readonly name = 'overlay';
  readonly #options: OverlayOptions;
  readonly #layers: LayerFolders;
  readonly #containers: ContainerFolders;

  constructor(options: OverlayOptions) {
    this.#options = options;
    this.#layers = new LayerFolders(join(options.folder, 'layers'), options);
    this.#containers = new ContainerFolders(join(options.scratch ?? options.folder, 'containers'));
  }

  async unpack(layers: readonly Layer[]): Promise<void> {
    await this.#layers.ensure(layers);
  }

  has(layer: Layer): boolean {
    return this.#layers.has(layer);
  }

  receive(layer: Layer, content: AsyncIterable<Buffer>): Promise<ReceivedLayer> {
    return this.#layers.receive(layer, content);
  }

  settle(kernel: Kernel): Promise<void> {
    return this.#layers.settle(kernel);
  }

  collect(kernel: Kernel, needed: ReadonlySet<string>): Promise<number> {
    return this.#layers.collect(kernel, needed);
  }

  folders(layers: readonly Layer[]): readonly string[] {
    return this.#layers.folders(layers);
  }

  async prepare(id: string, source: SnapshotSource, options: SnapshotOptions = {}): Promise<Snapshot> {
    const lower = 'folder' in source ? [sourceFolder(source.folder)] : await this.#layers.ensure(source.layers);
    // An image without layers is empty, but an overlay cannot be over nothing.
    if (lower.length === 0) lower.push(this.#empty());
    const folder = this.#containers.make(id);
    const upper = join(folder, 'upper');
    const work = join(folder, 'work');
    try {
      const { mode, uid, gid } = statSync(lower[0] ?? '/');
      makeFolder(upper, { mode: mode & 0o7777, owner: options.owner ?? { uid, gid } });
      makeFolder(work, { mode: 0o700, owner: options.owner });
      if ('folder' in source) await this.#hideDataRoot(lower[0] ?? '/', upper);
    } catch (cause) {
      await this.#containers.remove(id);
      throw diskError('prepare', folder, cause);
    }
    return { kind: 'overlay', lower, upper, work };
  }

  remove(id: string): Promise<void> {
    return this.#containers.remove(id);
  }

  usage(id: string): Promise<DiskUsage> {
    return this.#containers.usage(id, 'upper');
  }

  /**
   * The kernel refuses to look into an overlay's own upper folder through the overlay (ELOOP), and the rest of the data
   * root holds what other containers wrote.
   */
  async #hideDataRoot(lower: string, upper: string): Promise<void> {
    const path = pathWithin(this.#options.hidden, lower);
    if (!path) return;
    const whiteout = join(this.#options.scratch ?? this.#options.folder, 'whiteout');
    if (!existsSync(whiteout)) {
      await using agent = this.#options.startAgent();
      await agent.kernel.mknodat(AT_FDCWD, whiteout, S_IFCHR, 0, { allow: [EEXIST] });
    }
    hideFolder(path, { lower, upper, whiteout });
  }

  #empty(): string {
    const folder = join(this.#options.folder, 'empty');
    makeFolders(folder);
    chmodSync(folder, 0o755);
    return folder;
  }
}

function makeFolder(
  path: string,
  { mode, owner }: { mode: number; owner: { uid: number; gid: number } | undefined },
): void {
  mkdirSync(path);
  if (owner && (owner.uid !== process.geteuid?.() || owner.gid !== process.getegid?.()))
    chownSync(path, owner.uid, owner.gid);
  chmodSync(path, mode);
}
