import { join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, O_DIRECTORY, O_NOFOLLOW, O_RDONLY } from '../../kernel/index.ts';
import { unpackLayer } from '../unpack/unpack-layer.ts';
import { ContainerFolders } from './container-folders.ts';
import type { UnpackContext } from './layer-folders.ts';
import { readLayer } from './read-layer.ts';
import type {
  DiskUsage,
  Layer,
  ReceivedLayer,
  Snapshot,
  SnapshotOptions,
  SnapshotSource,
  Snapshotter,
} from './snapshotter.ts';

export interface CopyOptions extends UnpackContext {
  folder: string;
}

/**
 * Roots as plain folders, unpacked anew for each container: for data roots on a file system that overlayfs cannot write
 * to, such as another overlay or NFS.
 */
export class CopySnapshotter implements Snapshotter {
  readonly name = 'copy';
  readonly #options: CopyOptions;
  readonly #containers: ContainerFolders;

  constructor(options: CopyOptions) {
    this.#options = options;
    this.#containers = new ContainerFolders(join(options.folder, 'containers'));
  }

  async unpack(layers: readonly Layer[]): Promise<void> {
    // Copies share nothing: there is nowhere to unpack to before a container is made.
    void layers;
  }

  /** Nothing is to be unpacked ahead. */
  has(): boolean {
    return true;
  }

  async receive(): Promise<ReceivedLayer> {
    throw new TypeError('a copy of a layer is made for a container alone');
  }

  async settle(): Promise<void> {
    // Containers are not kept over a crash of the host.
  }

  /** Copies are removed with their containers. */
  async collect(): Promise<number> {
    return 0;
  }

  folders(): readonly string[] {
    return [];
  }

  async prepare(id: string, source: SnapshotSource, options: SnapshotOptions = {}): Promise<Snapshot> {
    if ('folder' in source) throw noOverlay(source.folder);
    const folder = this.#containers.make(id);
    try {
      await using agent = this.#options.startAgent();
      await this.#fill(agent.kernel, { folder, layers: source.layers, owner: options.owner });
    } catch (error) {
      await this.#containers.remove(id);
      throw error;
    }
    return { kind: 'folder', path: join(folder, 'root') };
  }

  async #fill(
    kernel: Kernel,
    { folder, layers, owner }: { folder: string; layers: readonly Layer[]; owner: SnapshotOptions['owner'] },
  ): Promise<void> {
    const { store, privileged } = this.#options;
    kernel.step('Image', `make the folder ${folder}`);
    const parent = kernel.openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY);
    kernel.mkdirat(parent, 'root', 0o700);
    const root = await kernel.openat(parent, 'root', O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    kernel.fchmod(root, 0o755);
    if (owner) kernel.fchown(root, owner);
    await kernel.flush();
    for (const [i, layer] of layers.entries()) {
      const whiteouts = i > 0 ? 'remove' : 'ignore';
      await unpackLayer(kernel, readLayer(store, layer), { root, lower: [], whiteouts, privileged });
    }
  }

  remove(id: string): Promise<void> {
    return this.#containers.remove(id);
  }

  usage(id: string): Promise<DiskUsage> {
    return this.#containers.usage(id, 'root');
  }
}

function noOverlay(folder: string): KeelsonError {
  return new KeelsonError(
    'unsupported',
    `no overlay over ${folder} is possible: its changes would lie on a file system that overlayfs cannot write to`,
    {
      code: 'OVERLAY_UNSUPPORTED',
      hint: 'choose a data root on ext4, xfs, btrfs or tmpfs',
    },
  );
}
