import type { ImageDetails } from '../spec/index.ts';
import type { ContentStore } from './content/content-store.ts';
import { type Image, manifestOf, nameOf, SOURCE_DIGEST } from './find-image.ts';
import { parseReference } from './reference.ts';

/** All that is known of an image, with every name that it has. */
export function inspectImage(store: ContentStore, image: Image, folders: readonly string[]): ImageDetails {
  const same = store.index().manifests.filter((entry) => manifestOf(store, entry).config.digest === image.id);
  const named = same.filter((entry) => nameOf(entry) !== '');
  const digests = named.flatMap((entry) => {
    const digest = entry.annotations?.[SOURCE_DIGEST];
    return digest === undefined ? [] : [`${parseReference(nameOf(entry)).name}@${digest}`];
  });
  return {
    id: image.id,
    names: named.map(nameOf),
    digests: [...new Set(digests)],
    config: image.config,
    layerSizes: image.layers.map(({ blob }) => blob.size),
    folders,
  };
}
