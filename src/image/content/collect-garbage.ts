import { join } from 'node:path';
import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EAGAIN, LOCK_EX, LOCK_NB, LOCK_SH, O_CREAT, O_RDWR } from '../../kernel/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import { INDEX_TYPES, parseImageConfig, parseImageIndex, parseManifest } from '../../spec/index.ts';
import { makeFolders } from '../make-folders.ts';
import type { Snapshotter } from '../snapshot/snapshotter.ts';
import { chainIds } from './chain-ids.ts';
import type { ContentStore } from './content-store.ts';
import { PARTIAL_AGE, removePartials } from './remove-partials.ts';

/** While `kernel` lives nothing is collected: what a pull has brought has no name before its end. */
export async function holdContent(kernel: Kernel, store: ContentStore): Promise<void> {
  await kernel.flock(await openLock(kernel, store), LOCK_SH);
}

/**
 * Removes content that no image in the index needs, unpacked layers of none, and what broken pulls have left. Not while
 * something is being pulled or loaded: the next removal does it then.
 * @param partialAge milliseconds that the part of a content must have lain there
 * @returns what was removed, and how many bytes that gave
 */
export async function collectGarbage(
  kernel: Kernel,
  store: ContentStore,
  snapshotter: Snapshotter,
  partialAge: number = PARTIAL_AGE,
): Promise<{ removed: string[]; bytes: number }> {
  const lock = await openLock(kernel, store);
  try {
    if ((await kernel.flock(lock, LOCK_EX | LOCK_NB, { allow: [EAGAIN] })) !== 0) return { removed: [], bytes: 0 };
    const { manifests } = store.index();
    const needed = new Set(manifests.flatMap((entry) => reachable(store, entry)));
    const waste = store.blobs().filter((digest) => !needed.has(digest));
    let bytes = 0;
    for (const digest of waste) {
      bytes += store.sizeOf(digest);
      store.remove(digest);
    }
    const chains = await Promise.all(manifests.map((entry) => chainsOf(store, entry)));
    bytes += await snapshotter.collect(kernel, new Set(chains.flat()));
    bytes += await removePartials(kernel, store, partialAge);
    return { removed: waste, bytes };
  } finally {
    await kernel.close(lock);
  }
}

/** Layers of an image, each with all below it, for every machine that it is here for. */
async function chainsOf(store: ContentStore, entry: Descriptor): Promise<string[]> {
  if (!store.has(entry)) return [];
  if (INDEX_TYPES.includes(entry.mediaType)) {
    const { manifests } = parseImageIndex(store.document(entry));
    return (await Promise.all(manifests.map((manifest) => chainsOf(store, manifest)))).flat();
  }
  const { config } = parseManifest(store.document(entry));
  return store.has(config) ? await chainIds(parseImageConfig(store.document(config)).rootfs.diff_ids) : [];
}

/** An index may name manifests for other machines, which are not here. */
function reachable(store: ContentStore, entry: Descriptor): string[] {
  if (!store.has(entry)) return [entry.digest];
  if (INDEX_TYPES.includes(entry.mediaType)) {
    const { manifests } = parseImageIndex(store.document(entry));
    return [entry.digest, ...manifests.flatMap((manifest) => reachable(store, manifest))];
  }
  const { config, layers } = parseManifest(store.document(entry));
  return [entry.digest, config.digest, ...layers.map(({ digest }) => digest)];
}

async function openLock(kernel: Kernel, store: ContentStore): Promise<Fd> {
  makeFolders(store.root);
  return await kernel.openat(AT_FDCWD, join(store.root, 'content.lock'), O_RDWR | O_CREAT, 0o600);
}
