import { type Descriptor, INDEX_TYPES, parseImageIndex, parseManifest } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import { nameOf } from '../find-image.ts';
import { parseReference } from '../reference.ts';
import { type RegistryName, registryName } from '../registry/registry-name.ts';

/**
 * For each content, another repository of the same registry that should have it: one whose image, which has it, is here. So the
 * layers of a base image need not be sent again for what was made of it.
 */
export function mountSources(store: ContentStore, target: RegistryName): Map<string, string> {
  const sources = new Map<string, string>();
  for (const entry of store.index().manifests) {
    const name = nameOf(entry);
    if (name === '') continue;
    const { registry, repository } = registryName(parseReference(name).name);
    if (registry !== target.registry || repository === target.repository) continue;
    for (const digest of blobsOf(store, entry)) sources.set(digest, repository);
  }
  return sources;
}

function blobsOf(store: ContentStore, entry: Descriptor): string[] {
  if (!store.has(entry)) return [];
  const document = store.document(entry);
  if (INDEX_TYPES.includes(entry.mediaType)) {
    return parseImageIndex(document).manifests.flatMap((manifest) => blobsOf(store, manifest));
  }
  const { config, layers } = parseManifest(document);
  return [config.digest, ...layers.map(({ digest }) => digest)];
}
