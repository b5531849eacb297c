import { KeelsonError } from '../base/index.ts';
import type { Descriptor, ImageConfig, Manifest } from '../spec/index.ts';
import { INDEX_TYPES, parseImageConfig, parseImageIndex, parseManifest } from '../spec/index.ts';
import { chainIds } from './content/chain-ids.ts';
import type { ContentStore } from './content/content-store.ts';
import { REFERENCE_NAME } from './content/content-store.ts';
import { HOST_PLATFORM, isForHost } from './platform.ts';
import type { Reference } from './reference.ts';
import { parseReference, showReference } from './reference.ts';
import type { Layer } from './snapshot/snapshotter.ts';

/** An image, ready to be the root of containers. */
export interface Image {
  /** Digest of its configuration, as Docker names images. */
  id: string;
  /** What it is called here: `busybox:latest`. */
  name: string;
  config: ImageConfig;
  /** Its entry in the index. */
  manifest: Descriptor;
  /** The lowest first. */
  layers: readonly Layer[];
}

/** The annotation that holds the digest under which a registry has the image: of the index that it was chosen from. */
export const SOURCE_DIGEST = 'keelson.source.digest';

/** The names of all images in a store. */
export function imageNames(store: ContentStore): string[] {
  return store
    .index()
    .manifests.map(nameOf)
    .filter((name) => name !== '');
}

/** The image of this name, or of this name and digest. */
export async function findByName(store: ContentStore, reference: Reference): Promise<Image | undefined> {
  const { name, tag, digest } = reference;
  const found = store.index().manifests.find((manifest) => {
    if (digest === undefined) return nameOf(manifest) === showReference({ name, tag });
    const isIt = manifest.digest === digest || manifest.annotations?.[SOURCE_DIGEST] === digest;
    return isIt && nameOf(manifest) !== '' && parseReference(nameOf(manifest)).name === name;
  });
  return found && openImage(store, found);
}

/**
 * The image whose id starts like this.
 * @throws KeelsonError `IMAGE_AMBIGUOUS`
 */
export async function findById(store: ContentStore, prefix: string): Promise<Image | undefined> {
  const start = prefix.startsWith('sha256:') ? prefix : `sha256:${prefix}`;
  const found = new Map<string, Descriptor>();
  for (const descriptor of store.index().manifests) {
    const { digest } = manifestOf(store, descriptor).config;
    if (digest.startsWith(start)) found.set(digest, descriptor);
  }
  if (found.size > 1) {
    throw new KeelsonError('conflict', `several images have an id that starts with ${prefix}`, {
      code: 'IMAGE_AMBIGUOUS',
      hint: 'give more digits',
    });
  }
  const [only] = found.values();
  return only && openImage(store, only);
}

/** Reads what an index entry points to. */
export async function openImage(store: ContentStore, descriptor: Descriptor): Promise<Image> {
  const manifest = manifestOf(store, descriptor);
  const config = parseImageConfig(store.document(manifest.config));
  const layers = await joinLayers(nameOf(descriptor), manifest, config);
  return { id: manifest.config.digest, name: nameOf(descriptor), config, manifest: descriptor, layers };
}

/** @throws KeelsonError `IMAGE_LAYERS` when manifest and configuration do not belong together */
export async function joinLayers(name: string, manifest: Manifest, config: ImageConfig): Promise<Layer[]> {
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    const counts = `${manifest.layers.length} layers, its configuration ${diffIds.length}`;
    throw new KeelsonError('invalid', `the image ${name} has ${counts}`, { code: 'IMAGE_LAYERS' });
  }
  const chain = await chainIds(diffIds);
  return manifest.layers.map((blob, i) => ({ blob, diffId: diffIds[i] ?? '', chainId: chain[i] ?? '' }));
}

export function manifestOf(store: ContentStore, descriptor: Descriptor): Manifest {
  if (!INDEX_TYPES.includes(descriptor.mediaType)) return parseManifest(store.document(descriptor));
  const { manifests } = parseImageIndex(store.document(descriptor));
  const fitting = manifests.find(({ platform }) => platform && isForHost(platform));
  if (fitting) return parseManifest(store.document(fitting));
  const { os, architecture } = HOST_PLATFORM;
  throw new KeelsonError('unsupported', `the image ${nameOf(descriptor)} is not made for ${os}/${architecture}`, {
    code: 'IMAGE_PLATFORM',
  });
}

export function nameOf({ annotations }: Descriptor): string {
  return annotations?.[REFERENCE_NAME] ?? '';
}
