import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { ImageStore, type RegistryOptions } from '../../../src/image/index.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/spec/index.ts';
import { TestServer } from './front.ts';
import { digestOf, makeImage, makeIndex, noise, type TestImage } from './test-image.ts';

type Fault = (response: ServerResponse, bytes: Buffer) => unknown;

/** What the registry does wrong with the next answers for the layer; empty: it behaves. */
let faults: Fault[] = [];
/** The same for the manifest. */
let manifestFaults: Fault[] = [];
const ranges: (string | undefined)[] = [];
let server: TestServer;
let folder = '';

const image = makeImage([noise(3000, 'layer')]);
const [layer] = image.layers;
const layerBytes = image.blobs.get(layer?.digest ?? '') ?? Buffer.alloc(0);
const parts = { config: image.config, layers: image.layers };
/** What else can be asked for by its tag. */
const documents: Record<string, { type: string; content: Buffer }> = {
  both: document(OCI_MANIFEST, { ...parts, manifests: [] }),
  'huge-config': document(OCI_MANIFEST, { ...parts, config: { ...image.config, size: 10 ** 10 } }),
  'huge-layer': document(OCI_MANIFEST, { ...parts, layers: [{ ...layer, size: 2 ** 52 }] }),
  'other-type': document(OCI_MANIFEST, { ...parts, layers: [{ ...layer, mediaType: 'text/plain' }] }),
  'many-layers': document(OCI_MANIFEST, { ...parts, layers: Array.from({ length: 600 }, () => layer) }),
  'too-few': document(OCI_MANIFEST, { ...parts, layers: [] }),
};
const inner = makeIndex([image]);
documents.nested = document(OCI_INDEX, {
  manifests: [{ ...inner.manifest, platform: { os: 'linux', architecture: image.manifest.platform?.architecture } }],
});
documents.foreign = document(OCI_INDEX, {
  manifests: [{ ...image.manifest, platform: { os: 'plan9', architecture: 'mips' } }],
});

function document(mediaType: string, fields: object): { type: string; content: Buffer } {
  return { type: mediaType, content: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields })) };
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-pull-'));
  server = await TestServer.start((request, response) => {
    const name = request.url?.split('/').at(-1) ?? '';
    const content = found(inner, name);
    if (request.url?.includes('/manifests/')) {
      const answer = documents[name] ?? { type: name === inner.manifest.digest ? OCI_INDEX : OCI_MANIFEST, content };
      response.setHeader('content-type', answer.type);
      const fault = manifestFaults.shift();
      if (fault) fault(response, answer.content);
      else response.end(answer.content);
    } else if (name === layer?.digest) {
      ranges.push(request.headers.range);
      const fault = faults.shift();
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (start > 0 && fault !== ignoreRange) {
        response.writeHead(206, { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` });
        (fault ?? send)(response, content.subarray(start));
      } else (fault ?? send)(response, content);
    } else if (content.length > 0) response.end(content);
    else response.writeHead(404).end();
  });
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A blob by digest; by tag, the manifest. */
function found({ blobs }: TestImage, name: string): Buffer {
  return blobs.get(name.includes(':') ? name : image.manifest.digest) ?? Buffer.alloc(0);
}

let roots = 0;
function newStore(options: RegistryOptions = {}): { store: ImageStore; root: string } {
  roots += 1;
  const root = join(folder, String(roots));
  const registries = { retryDelay: 1, configFile: '/nonexistent', settingsFile: false as const, ...options };
  return { root, store: new ImageStore({ root, registries }) };
}

const app = (tag = '1') => ({ reference: `${server.host}/team/app:${tag}` });
const isCode = (code: string) => (error: Error & { code?: string }) => {
  assert.equal(error.code, code, error.stack);
  return true;
};
const send: Fault = (response, bytes) => response.end(bytes);
const ignoreRange: Fault = (response, bytes) => response.end(bytes);
const busy =
  (status: number, retryAfter?: string): Fault =>
  (response) =>
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end();
/** Sends so many bytes, lets them arrive, and ends the connection. */
const cutAt =
  (size: number): Fault =>
  (response, bytes) => {
    if (!response.headersSent) response.writeHead(200, { 'content-length': bytes.length });
    if (size <= 0) return response.destroy();
    return response.write(bytes.subarray(0, size), () => setTimeout(() => response.destroy(), 30));
  };
const endless: Fault = (response) => {
  const more = () => !response.destroyed && response.write(Buffer.alloc(65_536), more);
  more();
};

describe('a pull from a registry that fails', () => {
  test('goes on where the connection was cut, and waits for a busy registry', async () => {
    const { store, root } = newStore();
    faults = [busy(429), busy(500), cutAt(40)];
    ranges.length = 0;
    const pulled = await store.pull(app());
    assert.equal(pulled.isNew, true);
    assert.equal(pulled.digest, image.manifest.digest);
    assert.equal(ranges.at(-1), 'bytes=40-');
    assert.deepEqual(readdirSync(join(root, 'partial')), []);
    assert.equal((await store.pull(app())).isNew, false);
    assert.equal((await store.resolve(app().reference)).id, image.config.digest);
    const { untagged, deleted } = await store.remove(app().reference, { userOf: () => undefined });
    assert.deepEqual([untagged, deleted], [[app().reference], [image.config.digest]]);
    assert.deepEqual(readdirSync(join(root, 'blobs', 'sha256')), []);
  });

  test('cut anywhere, any number of times, with ranges and without: the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: layerBytes.length - 1 }), { maxLength: 4 }),
        fc.boolean(),
        async (cuts, ranged) => {
          const { store, root } = newStore();
          faults = cuts.flatMap((size) => [cutAt(size), ...(ranged ? [] : [ignoreRange])]).slice(0, 4);
          await store.pull(app());
          const blob = join(root, 'blobs', layer?.digest.replace(':', '/') ?? '');
          assert.equal(statSync(blob).size, layerBytes.length);
          await store.resolve(app().reference);
        },
      ),
      { numRuns: 8 },
    );
    faults = [];
  });

  test('a second pull of the same costs one request', async () => {
    const { store } = newStore();
    await store.pull(app());
    server.seen.length = 0;
    const events: string[] = [];
    const again = await store.pull({
      ...app(),
      onProgress: (event) => void events.push(event.kind === 'layer' ? event.phase : event.kind),
    });
    assert.deepEqual(server.lines, ['GET /v2/team/app/manifests/1']);
    assert.deepEqual([again.isNew, events], [false, ['start', 'exists']]);
    documents.index = { type: OCI_INDEX, content: found(inner, inner.manifest.digest) };
    await store.pull(app('index'));
    server.seen.length = 0;
    assert.equal((await store.pull(app('index'))).digest, inner.manifest.digest);
    assert.deepEqual(server.lines, ['GET /v2/team/app/manifests/index']);
  });

  test('waits as long as it is told, but not for ever', async () => {
    const { store } = newStore();
    manifestFaults = [busy(429, '1')];
    const started = performance.now();
    await store.pull(app());
    assert.ok(performance.now() - started >= 1000);
    for (const later of ['3600', new Date(Date.now() + 3_600_000).toUTCString()]) {
      manifestFaults = [busy(429, later)];
      await assert.rejects(newStore().store.pull(app()), isCode('REGISTRY_LIMIT'));
    }
  });

  test('gives up on a registry that is always out of order', async () => {
    manifestFaults = Array.from({ length: 5 }, () => busy(503));
    await assert.rejects(newStore().store.pull(app()), isCode('REGISTRY_STATUS'));
    assert.deepEqual(manifestFaults, []);
    faults = Array.from({ length: 5 }, () => cutAt(0));
    const { store, root } = newStore();
    await assert.rejects(store.pull(app()), isCode('REGISTRY_UNREACHABLE'));
    assert.deepEqual(store.list(), []);
    faults = [];
    await store.pull(app());
    assert.deepEqual(readdirSync(join(root, 'partial')), []);
  });

  test('a silent server is left, and asked again for the rest', async () => {
    const { store } = newStore({ patience: 150 });
    const stuck: Fault = (response, bytes) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 100));
    };
    ranges.length = 0;
    faults = [stuck];
    await store.pull(app());
    assert.deepEqual(ranges, [undefined, 'bytes=100-']);
  });

  test('a slow one is waited for', async () => {
    const { store } = newStore({ patience: 150 });
    const slow: Fault = (response, bytes) => {
      let at = 0;
      const timer = setInterval(() => {
        response.write(bytes.subarray(at, at + 400));
        at += 400;
        if (at < bytes.length) return;
        clearInterval(timer);
        response.end();
      }, 30);
    };
    ranges.length = 0;
    faults = [slow];
    await store.pull(app());
    assert.deepEqual(ranges, [undefined]);
  });

  test('can be cancelled; the next one needs only the rest', async () => {
    const { store, root } = newStore();
    const stopped = new AbortController();
    faults = [
      (response, bytes) => {
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, 1000), () => setTimeout(() => stopped.abort(), 50));
      },
    ];
    await assert.rejects(store.pull({ ...app(), signal: stopped.signal }), { kind: 'cancelled' });
    assert.deepEqual(readdirSync(join(root, 'partial')), [layer?.digest.replace(':', '-')]);
    assert.deepEqual(readdirSync(join(root, 'tmp')), []);
    assert.deepEqual(
      readdirSync(join(root, 'snapshots')).filter((name) => name.startsWith('draft')),
      [],
    );
    assert.deepEqual(store.list(), []);
    ranges.length = 0;
    await store.pull(app());
    assert.deepEqual(ranges, ['bytes=1000-']);
  });

  test('two at once download once', async () => {
    const { store } = newStore();
    ranges.length = 0;
    const both = await Promise.all([store.pull(app()), store.pull(app())]);
    assert.deepEqual([both.length, ranges.length], [2, 1]);
  });
});

describe('what is not what was asked for is refused, and gets no name', () => {
  const layerFaults: [string, Fault, string][] = [
    ['other bytes', (response) => response.end(Buffer.alloc(layerBytes.length, 1)), 'CONTENT_DIGEST'],
    [
      'a declared size of 10 GB',
      (response) => response.writeHead(200, { 'content-length': 10 ** 10 }).write('x'),
      'CONTENT_SIZE',
    ],
    ['an endless body', endless, 'CONTENT_SIZE'],
    ['a redirect that never ends', (response) => loop(response), 'REGISTRY_REDIRECT'],
    [
      'a redirect to a file',
      (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'REGISTRY_REDIRECT',
    ],
  ];
  const loop = (response: ServerResponse) => {
    faults = [(next) => loop(next)];
    response.writeHead(307, { location: `/v2/team/app/blobs/${layer?.digest}` }).end();
  };
  for (const [what, fault, code] of layerFaults) {
    test(`a layer: ${what}`, async () => {
      const { store, root } = newStore();
      faults = [fault];
      await assert.rejects(store.pull(app()), isCode(code));
      assert.deepEqual([store.list(), readdirSync(join(root, 'partial'))], [[], []]);
      faults = [];
      assert.equal((await store.pull(app())).isNew, true);
    });
  }

  for (const [tag, code] of [
    ['both', 'MANIFEST_TYPE'],
    ['huge-config', 'CONTENT_SIZE'],
    ['huge-layer', 'ENOSPC'],
    ['other-type', 'IMAGE_TYPE'],
    ['many-layers', 'IMAGE_TYPE'],
    ['too-few', 'IMAGE_LAYERS'],
    ['nested', 'MANIFEST_TYPE'],
    ['foreign', 'IMAGE_PLATFORM'],
  ] as const) {
    test(`a manifest: ${tag}`, async () => {
      const { store } = newStore();
      await assert.rejects(store.pull(app(tag)), isCode(code));
      assert.deepEqual(store.list(), []);
    });
  }

  const manifests: [string, Fault, string][] = [
    ['endless', endless, 'REGISTRY_DOCUMENT'],
    ['no JSON', (response) => response.end('<html>'), 'MANIFEST_INVALID'],
    [
      'another type than it says',
      (response) => response.setHeader('content-type', 'text/html').end('{}'),
      'MANIFEST_TYPE',
    ],
    ['signed by an old Docker', (response) => response.end('{"schemaVersion":1,"fsLayers":[]}'), 'MANIFEST_TYPE'],
    [
      'not of the digest that the header tells',
      (response, bytes) => response.setHeader('docker-content-digest', digestOf(Buffer.alloc(1))).end(bytes),
      'CONTENT_DIGEST',
    ],
  ];
  for (const [what, fault, code] of manifests) {
    test(`a manifest: ${what}`, async () => {
      manifestFaults = [fault];
      await assert.rejects(newStore().store.pull(app()), isCode(code));
    });
  }

  test('a manifest: not of the digest asked for', async () => {
    manifestFaults = [(response) => response.end(documents.both?.content)];
    const reference = `${server.host}/team/app@${image.manifest.digest}`;
    await assert.rejects(newStore().store.pull({ reference }), isCode('CONTENT_DIGEST'));
    assert.equal((await newStore().store.pull({ reference })).digest, image.manifest.digest);
  });
});
