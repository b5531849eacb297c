import type { Kernel } from '../kernel/index.ts';
import type { Descriptor, ImageSummary, PrunedImages } from '../spec/index.ts';
import { collectGarbage } from './content/collect-garbage.ts';
import type { ContentStore } from './content/content-store.ts';
import { manifestOf, nameOf } from './find-image.ts';
import { listImages } from './list-images.ts';
import type { Snapshotter } from './snapshot/snapshotter.ts';

export interface Pruning {
  /** Those with a name too. */
  all: boolean;
  matches: (image: ImageSummary) => boolean;
  /** Has a container the image of this id? */
  isUsed: (id: string) => boolean;
}

/** Removes images without a name, or all that nobody uses, and whatever else nothing leads to. */
export async function pruneImages(
  kernel: Kernel,
  { store, snapshotter }: { store: ContentStore; snapshotter: Snapshotter },
  { all, matches, isUsed }: Pruning,
): Promise<PrunedImages> {
  const idOf = (entry: Descriptor) => manifestOf(store, entry).config.digest;
  const unwanted = listImages(store).filter(
    (image) => (all || image.name === '') && !isUsed(image.id) && matches(image),
  );
  const gone = new Set(unwanted.map(({ id, name }) => `${name} ${id}`));
  const isGone = (entry: Descriptor) => gone.has(`${nameOf(entry)} ${idOf(entry)}`);
  const entries = store.index().manifests.filter(isGone);
  const ids = new Set(entries.map(idOf));
  if (entries.length > 0) await store.untag(kernel, isGone);
  for (const entry of store.index().manifests) ids.delete(idOf(entry));
  const { bytes } = await collectGarbage(kernel, store, snapshotter, 0);
  return { untagged: entries.map(nameOf).filter((name) => name !== ''), deleted: [...ids], bytes };
}
