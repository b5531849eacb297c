import { KeelsonError } from '../../base/index.ts';

const GZIP = Buffer.from('1f8b', 'hex');
const ZSTD = Buffer.from('28b52ffd', 'hex');
const OTHERS: readonly [name: string, start: Buffer][] = [
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.from('fd377a585a00', 'hex')],
];

/** How something is compressed, by its first bytes. */
export function compressionOf(start: Buffer): 'none' | 'gzip' | 'zstd' {
  if (start.subarray(0, GZIP.length).equals(GZIP)) return 'gzip';
  if (start.subarray(0, ZSTD.length).equals(ZSTD)) return 'zstd';
  const other = OTHERS.find(([, magic]) => start.subarray(0, magic.length).equals(magic));
  if (!other) return 'none';
  throw new KeelsonError('unsupported', `the archive is compressed with ${other[0]}`, {
    code: 'ARCHIVE_COMPRESSION',
    hint: `${other[0]} -dc FILE | keelson load`,
  });
}

/** An archive without its compression, whatever that is. */
export async function* decompressStream(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = content[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  for (let size = 0; size < 8; ) {
    const next = await chunks.next();
    if (next.done) break;
    first.push(next.value);
    size += next.value.length;
  }
  const start = Buffer.concat(first);
  const all = (async function* () {
    yield start;
    for (;;) {
      const next = await chunks.next();
      if (next.done) return;
      yield next.value;
    }
  })();
  const compression = compressionOf(start);
  if (compression === 'none') return yield* all;
  const [{ createGunzip, createZstdDecompress }, { pipeline }] = await Promise.all([
    import('node:zlib'),
    import('node:stream'),
  ]);
  try {
    yield* pipeline(all, compression === 'gzip' ? createGunzip() : createZstdDecompress(), () => undefined);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KeelsonError('invalid', `the archive cannot be decompressed: ${reason}`, {
      code: 'LAYER_DAMAGED',
      cause,
    });
  }
}
