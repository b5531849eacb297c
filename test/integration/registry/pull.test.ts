import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isKeelsonError } from '../../../src/base/index.ts';
import { ImageStore } from '../../../src/image/index.ts';
import { writeTar } from '../../../src/image/tar/tar-writer.ts';
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from '../../../src/spec/index.ts';

/** What the registry does wrong with the next answers for the layer; empty: it behaves. */
let faults: ((response: ServerResponse, layer: Buffer) => unknown)[] = [];
const ranges: (string | undefined)[] = [];
let server: Server;
let host = '';
let folder = '';

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const archive = writeTar([
  { type: 'folder', name: 'etc/' },
  { type: 'file', name: 'etc/hello', content: Buffer.from('hello') },
]);
const layer = gzipSync(archive);
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
const config = Buffer.from(
  JSON.stringify({ os: 'linux', architecture, rootfs: { type: 'layers', diff_ids: [digestOf(archive)] } }),
);
const describe = (bytes: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
const parts = { config: describe(config, OCI_CONFIG), layers: [describe(layer, OCI_LAYER_GZIP)] };
const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...parts }));
const both = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...parts, manifests: [] }));

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-pull-'));
  server = createServer((request, response) => {
    const name = request.url?.split('/').at(-1) ?? '';
    if (request.url?.includes('/manifests/')) {
      response.setHeader('content-type', OCI_MANIFEST);
      response.end(name === 'both' ? both : manifest);
    } else if (name === parts.config.digest) response.end(config);
    else {
      ranges.push(request.headers.range);
      const fault = faults.shift();
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (fault) fault(response, layer);
      else if (start > 0) {
        response.writeHead(206, { 'content-range': `bytes ${start}-${layer.length - 1}/${layer.length}` });
        response.end(layer.subarray(start));
      } else response.end(layer);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  host = typeof address === 'object' && address ? `127.0.0.1:${address.port}` : '';
});

after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

let roots = 0;
function newStore(): { store: ImageStore; root: string } {
  roots += 1;
  const root = join(folder, String(roots));
  return { root, store: new ImageStore({ root, registries: { retryDelay: 1, configFile: '/nonexistent' } }) };
}

const cut = (response: ServerResponse, bytes: Buffer) => {
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(bytes.subarray(0, 40), () => setTimeout(() => response.destroy(), 100));
};
const busy = (status: number) => (response: ServerResponse) => response.writeHead(status).end();

test('a pull goes on where the connection was cut, and waits for a busy registry', async () => {
  const { store, root } = newStore();
  faults = [busy(429), busy(500), cut];
  ranges.length = 0;
  const pulled = await store.pull({ reference: `${host}/team/app:1` });
  assert.equal(pulled.isNew, true);
  assert.equal(pulled.digest, digestOf(manifest));
  assert.equal(ranges.at(-1), 'bytes=40-');
  assert.deepEqual(readdirSync(join(root, 'partial')), []);
  assert.equal((await store.pull({ reference: `${host}/team/app:1` })).isNew, false);
  assert.equal((await store.resolve(`${host}/team/app:1`)).id, parts.config.digest);
  const { untagged, deleted } = await store.remove(`${host}/team/app:1`, { isUsed: () => undefined });
  assert.deepEqual([untagged, deleted], [[`${host}/team/app:1`], [parts.config.digest]]);
  assert.deepEqual(readdirSync(join(root, 'blobs', 'sha256')), []);
});

test('what is not what was asked for is refused, and gets no name', async () => {
  const { store } = newStore();
  const wrong = (response: ServerResponse) => response.end(Buffer.alloc(layer.length, 1));
  const long = (response: ServerResponse) => response.writeHead(200, { 'content-length': 10 ** 10 }).write('x');
  const endless = (response: ServerResponse) => {
    const more = () => !response.destroyed && response.write(Buffer.alloc(65_536), more);
    more();
  };
  const cases: [string, (response: ServerResponse) => unknown, string][] = [
    ['1', wrong, 'CONTENT_DIGEST'],
    ['1', long, 'CONTENT_SIZE'],
    ['1', endless, 'CONTENT_SIZE'],
    ['both', wrong, 'MANIFEST_TYPE'],
  ];
  for (const [tag, fault, code] of cases) {
    faults = [fault];
    await assert.rejects(
      store.pull({ reference: `${host}/team/app:${tag}` }),
      (error) => isKeelsonError(error) && error.code === code,
      code,
    );
    assert.deepEqual(store.list(), []);
  }
  faults = [];
  assert.equal((await store.pull({ reference: `${host}/team/app:1` })).isNew, true);
});
