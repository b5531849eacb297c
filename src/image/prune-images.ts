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
  /** As for one image that is removed; see `Removal`. */
  removing?: <Result>(ids: readonly string[], work: () => Promise<Result>) => Promise<Result>;
}

/** Removes images without a name, or all that nobody uses, and whatever else nothing leads to. */
export async function pruneImages(
  kernel: Kernel,
  { store, snapshotter }: { store: ContentStore; snapshotter: Snapshotter },
  { all, matches, isUsed, removing = (_, work) => work() }: Pruning,
): Promise<PrunedImages> {
  const idOf = (entry: Descriptor) => manifestOf(store, entry).config.digest;
  const unwanted = listImages(store).filter((image) => (all || image.name === '') && matches(image));
  const ids = new Set(unwanted.map(({ id }) => id));
  const keys = new Set(unwanted.map(({ id, name }) => `${name} ${id}`));
  const isGone = (entry: Descriptor) => keys.has(`${nameOf(entry)} ${idOf(entry)}`) && !isUsed(idOf(entry));
  let entries: readonly Descriptor[] = [];
  if (unwanted.length > 0) {
    await removing([...ids], () =>
      store.untag(kernel, (before) => {
        entries = before.filter(isGone);
        return before.filter((entry) => !entries.includes(entry));
      }),
    );
  }
  const deleted = new Set(entries.map(idOf));
  for (const entry of store.index().manifests) deleted.delete(idOf(entry));
  const { bytes } = await collectGarbage(kernel, store, snapshotter, 0);
  return { untagged: entries.map(nameOf).filter((name) => name !== ''), deleted: [...deleted], bytes };
}
