import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kernel } from '../../kernel/index.ts';
import type { Descriptor, ImageChanges, ImageConfig, LoadedImage, Manifest } from '../../spec/index.ts';
import { OCI_CONFIG, OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, OCI_MANIFEST, ociLayerType } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import { diskError } from '../disk-error.ts';
import { openImage } from '../find-image.ts';
import { HOST_PLATFORM } from '../platform.ts';
import type { Snapshotter } from '../snapshot/snapshotter.ts';
import { archiveError } from './archive-error.ts';
import { ArchiveFiles } from './archive-files.ts';
import { changeConfig } from './change-config.ts';
import { compressionOf, decompressStream } from './decompress-stream.ts';
import { loadImages } from './load-images.ts';

export interface ArchiveContext {
  /** Holds the store's content while it lives. */
  kernel: Kernel;
  store: ContentStore;
  snapshotter: Snapshotter;
}

/** Takes images out of an archive or a folder; see `loadImages`. Its layers are unpacked before it has a name. */
export async function loadArchive(
  { kernel, store, snapshotter }: ArchiveContext,
  source: AsyncIterable<Buffer> | { folder: string },
): Promise<LoadedImage[]> {
  await using files = new ArchiveFiles(await store.temporaryFiles());
  if ('folder' in source) await addFolder(files, source.folder);
  else await files.addArchive(decompressStream(source));
  const check = async (manifest: Descriptor) => {
    const { layers } = await openImage(store, manifest);
    await snapshotter.unpack(layers);
  };
  return await loadImages(kernel, store, { files, check });
}

/** The files of an OCI layout in a folder. */
async function addFolder(files: ArchiveFiles, folder: string): Promise<void> {
  const add = async (name: string) => {
    const path = join(folder, name);
    try {
      await files.addFile(name, createReadStream(path, { highWaterMark: 1 << 18 }));
    } catch (cause) {
      throw diskError('read', path, cause);
    }
  };
  const blobs = await readdir(join(folder, 'blobs/sha256')).catch(() => undefined);
  if (!blobs) throw archiveError(`${folder} is no OCI layout`);
  for (const name of ['oci-layout', 'index.json', ...blobs.map((blob) => `blobs/sha256/${blob}`)]) await add(name);
}

const LAYER_TYPES = { none: OCI_LAYER, gzip: OCI_LAYER_GZIP, zstd: OCI_LAYER_ZSTD };

/**
 * Makes an image of one layer of an archive, compressed or not, and gives it a name if there is one.
 * @returns its id
 */
export async function importArchive(
  { kernel, store, snapshotter }: ArchiveContext,
  archive: AsyncIterable<Buffer>,
  options: ImageChanges & { name?: string | undefined },
): Promise<string> {
  await using files = new ArchiveFiles(await store.temporaryFiles());
  await files.addFile('layer', archive);
  const file = files.require('layer');
  const compression = compressionOf(file.start);
  let diffId = file.digest;
  if (compression !== 'none') {
    const { createHash } = await import('node:crypto');
    const hash = createHash('sha256');
    for await (const chunk of decompressStream(createReadStream(file.path))) hash.update(chunk);
    diffId = `sha256:${hash.digest('hex')}`;
  }
  const mediaType = LAYER_TYPES[compression];
  await files.keep(store, file, mediaType);
  const created = new Date().toISOString();
  const base: ImageConfig = {
    created,
    ...HOST_PLATFORM,
    config: {},
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created, created_by: '', comment: options.message ?? 'Imported from -' }],
  };
  const config = changeConfig(base, options);
  const layers = [{ mediaType, digest: file.digest, size: file.size }];
  return await keepImage({ kernel, store, snapshotter }, { config, layers, name: options.name });
}

/** Keeps an image whose layers are in the store, unpacks it, and gives it its name. Answers its id. */
export async function keepImage(
  { kernel, store, snapshotter }: ArchiveContext,
  image: { config: ImageConfig; layers: readonly Descriptor[]; name: string | undefined },
): Promise<string> {
  const config = await store.add(Buffer.from(JSON.stringify(image.config)), OCI_CONFIG);
  // Those of a base image may have come with a manifest of Docker's.
  const layers = image.layers.map((layer) => ({ ...layer, mediaType: ociLayerType(layer.mediaType) }));
  const manifest: Manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
  const stored = await store.add(Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST);
  const { os, architecture } = image.config;
  const descriptor: Descriptor = { ...stored, platform: { os, architecture } };
  await snapshotter.unpack((await openImage(store, descriptor)).layers);
  if (image.name === undefined) await store.addUnnamed(kernel, descriptor);
  else await store.tag(kernel, image.name, descriptor);
  return config.digest;
}
