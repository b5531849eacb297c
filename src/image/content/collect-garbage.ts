import { join } from 'node:path';
import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EAGAIN, LOCK_EX, LOCK_NB, LOCK_SH, O_CREAT, O_RDWR } from '../../kernel/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import { INDEX_TYPES, parseImageIndex, parseManifest } from '../../spec/index.ts';
import { makeFolders } from '../make-folders.ts';
import type { ContentStore } from './content-store.ts';

/** While `kernel` lives nothing is collected: what a pull has brought has no name before its end. */
export async function holdContent(kernel: Kernel, store: ContentStore): Promise<void> {
  await kernel.flock(await openLock(kernel, store), LOCK_SH);
}

/**
 * Removes content that no image in the index needs. Not while something is being pulled: the next removal does it then.
 * @returns the digests that were removed
 */
export async function collectGarbage(kernel: Kernel, store: ContentStore): Promise<string[]> {
  const lock = await openLock(kernel, store);
  try {
    if ((await kernel.flock(lock, LOCK_EX | LOCK_NB, { allow: [EAGAIN] })) !== 0) return [];
    const needed = new Set(store.index().manifests.flatMap((entry) => reachable(store, entry)));
    const waste = store.blobs().filter((digest) => !needed.has(digest));
    for (const digest of waste) store.remove(digest);
    return waste;
  } finally {
    await kernel.close(lock);
  }
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
