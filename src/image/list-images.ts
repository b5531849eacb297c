import type { ImageSummary } from '../spec/index.ts';
import { parseImageConfig } from '../spec/index.ts';
import type { ContentStore } from './content/content-store.ts';
import { manifestOf, nameOf, SOURCE_DIGEST } from './find-image.ts';

/** All entries of the index, the newest first. Reads documents alone, never a layer. */
export function listImages(store: ContentStore): ImageSummary[] {
  const summaries = store.index().manifests.map((entry) => {
    const manifest = manifestOf(store, entry);
    const config = parseImageConfig(store.document(manifest.config));
    return {
      id: manifest.config.digest,
      name: nameOf(entry),
      digest: entry.annotations?.[SOURCE_DIGEST] ?? entry.digest,
      created: Date.parse(config.created ?? '') || 0,
      size: manifest.layers.reduce((sum, { size }) => sum + size, 0),
      labels: config.config?.Labels ?? {},
    };
  });
  return summaries.sort((a, b) => b.created - a.created || (a.name < b.name ? -1 : 1));
}
