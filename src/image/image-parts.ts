import type { ImageSummary } from '../spec/index.ts';
import type { ContentStore } from './content/content-store.ts';
import { manifestOf, nameOf, openImage } from './find-image.ts';
import { listImages } from './list-images.ts';
import { measureTree } from './snapshot/measure-tree.ts';
import type { Snapshotter } from './snapshot/snapshotter.ts';

/** An image and what it takes on the disk. */
export interface ImageParts {
  image: ImageSummary;
  /** Bytes of each part, by a name that is the same wherever the part is: of blobs and of unpacked layers. */
  parts: ReadonlyMap<string, number>;
}

/** What images take, each once whatever names it has. */
export async function imageParts(store: ContentStore, snapshotter: Snapshotter): Promise<ImageParts[]> {
  const folders = new Map<string, number>();
  const measured = async (folder: string) => {
    const bytes = folders.get(folder) ?? (await measureTree(folder))?.bytes ?? 0;
    folders.set(folder, bytes);
    return bytes;
  };
  const found = new Map<string, ImageParts>();
  const entries = store.index().manifests;
  for (const summary of listImages(store)) {
    if (found.has(summary.id)) continue;
    const isIt = (entry: (typeof entries)[number]) => manifestOf(store, entry).config.digest === summary.id;
    const entry = entries.find((one) => isIt(one) && nameOf(one) === summary.name);
    if (!entry) continue;
    const { layers, manifest } = await openImage(store, entry);
    const blobs = [manifest.digest, summary.id, ...layers.map(({ blob }) => blob.digest)];
    const parts = new Map(blobs.map((digest) => [digest, store.sizeOf(digest)]));
    for (const folder of snapshotter.folders(layers)) parts.set(folder, await measured(folder));
    found.set(summary.id, { image: summary, parts });
  }
  return [...found.values()];
}
