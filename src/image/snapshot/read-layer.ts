import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import { LAYER_COMPRESSIONS } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import type { Layer } from './snapshotter.ts';

/**
 * The archive of a layer, decompressed, as a stream that fails at its end unless both digests are right: of the bytes in
 * the store and of the archive.
 */
export async function* readLayer(store: ContentStore, { blob, diffId }: Layer): AsyncGenerator<Buffer> {
  const compression = LAYER_COMPRESSIONS[blob.mediaType];
  if (!compression) {
    throw new KeelsonError('unsupported', `the layer ${blob.digest} has the unknown type ${blob.mediaType}`, {
      code: 'LAYER_TYPE',
    });
  }
  if (compression === 'none') {
    if (blob.digest !== diffId) throw wrongLayer(blob.digest);
    return yield* store.read(blob);
  }
  const [{ createHash }, { createGunzip, createZstdDecompress }, { pipeline }] = await Promise.all([
    import('node:crypto'),
    import('node:zlib'),
    import('node:stream'),
  ]);
  const hash = createHash('sha256');
  const decompress =
    compression === 'gzip' ? createGunzip({ chunkSize: 1 << 18 }) : createZstdDecompress({ chunkSize: 1 << 18 });
  // Errors of either end come out of the iteration below.
  const archive = pipeline(store.read(blob), decompress, () => undefined);
  try {
    for await (const chunk of archive) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    if (isKeelsonError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KeelsonError('invalid', `the layer ${blob.digest} is no ${compression} archive: ${reason}`, {
      code: 'LAYER_DAMAGED',
      cause,
    });
  }
  if (`sha256:${hash.digest('hex')}` !== diffId) throw wrongLayer(blob.digest);
}

function wrongLayer(digest: string): KeelsonError {
  return new KeelsonError('internal', `the layer ${digest} is not the one that the image's configuration names`, {
    code: 'CONTENT_DAMAGED',
    hint: 'remove the image and get it again',
  });
}
