import type { Descriptor, Manifest } from '../../spec/index.ts';
import { IMAGE_LAYOUT_VERSION, INDEX_TYPES, OCI_INDEX, parseImageIndex } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import { REFERENCE_NAME } from '../content/content-store.ts';
import type { Image } from '../find-image.ts';
import { manifestOf } from '../find-image.ts';
import { canonicalName, parseReference } from '../reference.ts';
import { TAR_END, tarHead, tarPadding } from '../tar/tar-writer.ts';

/** Where Docker and containerd look for the whole name. */
export const CONTAINERD_NAME = 'io.containerd.image.name';

/** An image that is to be saved, with the names that it shall have in the archive. */
export interface SavedImage {
  image: Image;
  /** `alpine:latest`; none when it was asked for by its id. */
  names: readonly string[];
}

/**
 * Writes images as one archive that is an OCI layout and a Docker archive at the same time, as Docker does since version 25:
 * the second one's `manifest.json` names blobs of the first. The same images give the same bytes.
 */
export async function* saveImages(store: ContentStore, images: readonly SavedImage[]): AsyncGenerator<Buffer> {
  const blobs = new Map<string, Descriptor>();
  for (const { image } of images) for (const blob of blobsOf(store, image.manifest)) blobs.set(blob.digest, blob);
  yield tarHead({ type: 'folder', name: 'blobs/' }, 0);
  yield tarHead({ type: 'folder', name: 'blobs/sha256/' }, 0);
  for (const digest of [...blobs.keys()].sort()) {
    const blob = blobs.get(digest);
    if (!blob) continue;
    yield tarHead({ type: 'file', name: pathOf(blob) }, blob.size);
    yield* store.read(blob);
    yield tarPadding(blob.size);
  }
  const manifests = images.flatMap(({ image, names }) => indexEntries(image, names));
  yield* file('index.json', { schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  yield* file(
    'manifest.json',
    images.map((saved) => dockerEntry(store, saved)),
  );
  yield* file('oci-layout', { imageLayoutVersion: IMAGE_LAYOUT_VERSION });
  yield TAR_END;
}

function* file(name: string, document: object): Generator<Buffer> {
  const content = Buffer.from(JSON.stringify(document));
  yield tarHead({ type: 'file', name }, content.length);
  yield content;
  yield tarPadding(content.length);
}

/** The manifest or index itself, and everything here that it leads to. */
function blobsOf(store: ContentStore, entry: Descriptor): Descriptor[] {
  if (INDEX_TYPES.includes(entry.mediaType)) {
    const { manifests } = parseImageIndex(store.document(entry));
    return [entry, ...manifests.filter((one) => store.has(one)).flatMap((one) => blobsOf(store, one))];
  }
  const { config, layers } = manifestOf(store, entry);
  return [entry, config, ...layers];
}

function indexEntries({ manifest }: Image, names: readonly string[]): Descriptor[] {
  const { mediaType, digest, size, platform } = manifest;
  const plain = { mediaType, digest, size, ...(platform && { platform }) };
  if (names.length === 0) return [plain];
  return names.map((name) => {
    const reference = parseReference(name);
    const annotations = { [CONTAINERD_NAME]: canonicalName(reference), [REFERENCE_NAME]: reference.tag ?? name };
    return { ...plain, annotations };
  });
}

function dockerEntry(store: ContentStore, { image, names }: SavedImage): object {
  const { config, layers }: Manifest = manifestOf(store, image.manifest);
  return { Config: pathOf(config), RepoTags: names.length > 0 ? names : null, Layers: layers.map(pathOf) };
}

function pathOf({ digest }: Descriptor): string {
  return `blobs/${digest.replace(':', '/')}`;
}
