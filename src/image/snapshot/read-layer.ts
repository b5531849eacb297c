import type { ContentStore } from '../content/content-store.ts';
import { decompressLayer } from './decompress-layer.ts';
import type { Layer } from './snapshotter.ts';

/**
 * The archive of a layer, decompressed, as a stream that fails at its end unless both digests are right: of the bytes in
 * the store and of the archive.
 */
export function readLayer(store: ContentStore, layer: Layer): AsyncGenerator<Buffer> {
  return decompressLayer(layer, store.read(layer.blob));
}
