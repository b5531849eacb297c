import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { createGzip, createZstdCompress } from 'node:zlib';
import { isKeelsonError } from '../../../src/base/index.ts';
import { decompressLayer } from '../../../src/image/snapshot/decompress-layer.ts';
import { TAR_END, tarHead } from '../../../src/image/tar/tar-writer.ts';
import { OCI_LAYER_GZIP, OCI_LAYER_ZSTD } from '../../../src/spec/index.ts';
import { Place } from './unpack-place.ts';

/** `npm run test:images` alone has the time for these. */
const isAsked = process.env.KEELSON_IMAGES === 'all';
const DIGEST = `sha256:${'0'.repeat(64)}`;
const MEBIBYTE = Buffer.alloc(1 << 20);
const MILLION = 1_000_000;

/** Zeros without end, compressed on the way. */
function bomb(mediaType: string): AsyncIterable<Buffer> {
  const zeros = function* () {
    for (;;) yield MEBIBYTE;
  };
  const compress = mediaType === OCI_LAYER_GZIP ? createGzip({ level: 1 }) : createZstdCompress();
  return Readable.from(zeros()).pipe(compress);
}

async function* millionEntries(): AsyncGenerator<Buffer> {
  let heads: Buffer[] = [];
  for (let i = 0; i < MILLION; i++) {
    heads.push(
      tarHead(
        { type: i % 100 === 0 ? 'folder' : 'file', name: `d${Math.floor(i / 100)}${i % 100 === 0 ? '/' : `/f${i}`}` },
        0,
      ),
    );
    if (heads.length < 500) continue;
    yield Buffer.concat(heads);
    heads = [];
  }
  yield Buffer.concat([...heads, TAR_END]);
}

if (isAsked) {
  for (const mediaType of [OCI_LAYER_GZIP, OCI_LAYER_ZSTD]) {
    test(`a layer that never ends is stopped in time and takes no memory: ${mediaType}`, async () => {
      const before = process.memoryUsage().rss;
      let size = 0;
      const blob = { mediaType, digest: DIGEST, size: 1 << 20 };
      await assert.rejects(
        async () => {
          const layer = { blob, diffId: `sha256:${'1'.repeat(64)}`, chainId: DIGEST };
          for await (const chunk of decompressLayer(layer, bomb(mediaType))) size += chunk.length;
        },
        (error) => isKeelsonError(error, 'exhausted') && error.code === 'LAYER_BOMB',
      );
      assert.ok(size <= (1 << 30) + 250 * blob.size, `${size} bytes came out`);
      assert.ok(process.memoryUsage().rss - before < 200 << 20);
    });
  }

  test('a million entries take no more memory than a few', async () => {
    await using place = new Place();
    const before = process.memoryUsage().rss;
    await place.unpackStream(millionEntries());
    const used = (process.memoryUsage().rss - before) >> 20;
    assert.ok(used < 150, `${used} MiB more`);
    const found = execFileSync('sh', ['-c', 'find "$0" -mindepth 1 | wc -l', place.root]).toString().trim();
    assert.equal(found, String(MILLION));
  });
}
