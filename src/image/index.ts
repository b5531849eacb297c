/** The image room's door: images of a data root, and containers' root file systems made of them. */
export type { ContainerFolders } from './archive/container-tree.ts';
export type { Image } from './find-image.ts';
export type { ImageParts } from './image-parts.ts';
export { ImageStore, type ImageStoreOptions } from './image-store.ts';
export type { RegistryOptions } from './registry/registry-options.ts';
export type { ImageUser } from './remove-image.ts';
export { measureTree } from './snapshot/measure-tree.ts';
export type {
  DiskUsage,
  Layer,
  Snapshot,
  SnapshotOptions,
  SnapshotSource,
  Snapshotter,
} from './snapshot/snapshotter.ts';
