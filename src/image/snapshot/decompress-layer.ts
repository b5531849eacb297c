import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import { LAYER_COMPRESSIONS } from '../../spec/index.ts';
import { giveBack } from '../content/give-back.ts';
import { readAhead } from './read-ahead.ts';
import type { Layer } from './snapshotter.ts';

/** Larger chunks mean fewer turns between the threads. */
const CHUNK = 256 << 10;
/** Decompressed bytes that may wait for whoever unpacks them. */
const AHEAD = 512 << 10;
/** What any layer may have when decompressed, and what it may have for each byte that it has compressed. */
const FREE_SIZE = 1 << 30;
const LARGEST_RATIO = 250;

/**
 * The archive of a layer, decompressed in another thread, as a stream that fails at its end unless its digest is right.
 * A chunk may be used until the next one is asked for.
 * @param content as it is stored, each chunk as it is until the next one is asked for; whoever gives it checks that it is
 *   what the blob's digest says
 * @throws KeelsonError `LAYER_TYPE`, `LAYER_DAMAGED`, `LAYER_BOMB`, `CONTENT_DAMAGED`
 */
export async function* decompressLayer(layer: Layer, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // What is stored as it is has been checked as it is.
  const hash = layer.blob.digest === layer.diffId ? undefined : (await import('node:crypto')).createHash('sha256');
  const most = FREE_SIZE + LARGEST_RATIO * layer.blob.size;
  let size = 0;
  try {
    for await (const chunk of await decompressed(layer, content)) {
      size += chunk.length;
      if (size > most) throw bomb(layer, most);
      hash?.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    if (isKeelsonError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KeelsonError('invalid', `the layer ${layer.blob.digest} cannot be decompressed: ${reason}`, {
      code: 'LAYER_DAMAGED',
      cause,
    });
  }
  if (hash && `sha256:${hash.digest('hex')}` !== layer.diffId) throw wrongLayer(layer.blob.digest);
}

async function decompressed({ blob }: Layer, content: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const compression = LAYER_COMPRESSIONS[blob.mediaType];
  if (!compression) {
    throw new KeelsonError('unsupported', `the layer ${blob.digest} has the unknown type ${blob.mediaType}`, {
      code: 'LAYER_TYPE',
    });
  }
  if (compression === 'none') return content;
  const [{ createGunzip, createZstdDecompress }, { pipeline }] = await Promise.all([
    import('node:zlib'),
    import('node:stream'),
  ]);
  // So small that the next chunk is asked for when this one is used up.
  const options = { chunkSize: CHUNK, readableHighWaterMark: AHEAD, writableHighWaterMark: 1 };
  const decompress = compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
  // Errors of either end come out of what is read from this one.
  const archive = pipeline(content, decompress, () => undefined);
  return released(readAhead(archive, AHEAD));
}

/** zlib fills a block of memory with one chunk or several, and does not touch it again after the last. */
async function* released(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    yield chunk;
    giveBack(chunk);
  }
}

function bomb({ blob }: Layer, most: number): KeelsonError {
  return new KeelsonError('exhausted', `the layer ${blob.digest} becomes more than ${most} bytes when decompressed`, {
    code: 'LAYER_BOMB',
    hint: 'it is made to fill disks; do not trust the image',
  });
}

function wrongLayer(digest: string): KeelsonError {
  return new KeelsonError('internal', `the layer ${digest} is not the one that the image's configuration names`, {
    code: 'CONTENT_DAMAGED',
    hint: 'remove the image and get it again',
  });
}
