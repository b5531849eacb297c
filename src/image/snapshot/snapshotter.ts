import type { Kernel } from '../../kernel/index.ts';
import type { Descriptor } from '../../spec/index.ts';

/** A layer of an image. */
export interface Layer {
  /** The archive as it is stored. */
  blob: Descriptor;
  /** Digest of the archive without compression. */
  diffId: string;
  /** Digest of this layer and all below it, in their order (config.md of image-spec, "Layer ChainID"). */
  chainId: string;
}

/** What a container's root is made over: an image's layers, the lowest first, or any folder of the host. */
export type SnapshotSource = { layers: readonly Layer[] } | { folder: string };

/** A container's root: folders for an overlay (`lower`: the topmost first), or one folder that is its own. */
export type Snapshot =
  | { kind: 'overlay'; lower: readonly string[]; upper: string; work: string }
  | { kind: 'folder'; path: string };

export interface SnapshotOptions {
  /** Who owns new folders: root of the container's user namespace, in the host's numbers. Default: as in the source. */
  owner?: { uid: number; gid: number } | undefined;
}

/** What a container takes on the disk, besides what it shares with others. */
export interface DiskUsage {
  bytes: number;
  /** Files, folders and links. */
  entries: number;
}

/** A layer that is unpacked, and waits for those below it. One of its methods is to be called, once. */
export interface ReceivedLayer {
  /** `below`: layers that are there, the lowest first. */
  publish(below: readonly Layer[]): Promise<void>;
  discard(): Promise<void>;
}

/** Makes roots of containers. Layers are unpacked when they are first needed and shared where the kind allows it. */
export interface Snapshotter {
  readonly name: 'overlay' | 'copy';
  /** Unpacks layers, the lowest first, before a container needs them, where they can be shared. */
  unpack(layers: readonly Layer[]): Promise<void>;
  /** Is it unpacked, or not to be unpacked before a container needs it? */
  has(layer: Layer): boolean;
  /**
   * Unpacks a layer while its content comes, before those below it need be there. Nobody sees it before it is published.
   * @param content as the blob is stored; it fails at its end where it is not what the blob's digest says
   */
  receive(layer: Layer, content: AsyncIterable<Buffer>): Promise<ReceivedLayer>;
  /** Puts on the disk what was unpacked before and may not be there yet. */
  settle(kernel: Kernel): Promise<void>;
  /** Removes unpacked layers but those with these chain ids; answers the bytes on the disk that this gave. */
  collect(kernel: Kernel, needed: ReadonlySet<string>): Promise<number>;
  /** Folders of unpacked layers, the topmost first; none where containers have copies. */
  folders(layers: readonly Layer[]): readonly string[];
  /**
   * @param id names the container; one that is in use already is an error (`SNAPSHOT_EXISTS`)
   * @throws KeelsonError also `ROOTFS_MISSING`, `ROOTFS_NOT_FOLDER`, and what unpacking may say
   */
  prepare(id: string, source: SnapshotSource, options?: SnapshotOptions): Promise<Snapshot>;
  /** Removes what the container wrote; nothing there is right too. No process of it may be left. */
  remove(id: string): Promise<void>;
  /** @throws KeelsonError `SNAPSHOT_MISSING` */
  usage(id: string): Promise<DiskUsage>;
}
