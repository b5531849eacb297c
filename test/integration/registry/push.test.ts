import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImageStore, type RegistryOptions } from '../../../src/image/index.ts';
import { OCI_INDEX, OCI_MANIFEST, type PushEvent } from '../../../src/spec/index.ts';
import { DockerRegistry } from './docker-registry.ts';
import { startFront, TestServer } from './front.ts';
import { output } from './run-program.ts';
import {
  digestOf,
  type ImageForm,
  makeDockerList,
  makeImage,
  makeIndex,
  noise,
  type TestImage,
  writeLayout,
} from './test-image.ts';

const MEBIBYTE = 1 << 20;
const small = [Buffer.from('one'), Buffer.from('two')];
let registry: DockerRegistry;
let folder = '';
let roots = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-push-'));
  registry = await DockerRegistry.start();
});
after(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A store that holds these images under these names. */
function storeWith(images: Readonly<Record<string, TestImage>> = {}, options: RegistryOptions = {}) {
  roots += 1;
  const root = join(folder, String(roots));
  if (Object.keys(images).length > 0) writeLayout(root, images);
  const registries = { retryDelay: 1, configFile: '/nonexistent', settingsFile: false as const, ...options };
  return Object.assign(new ImageStore({ root, registries }), { root });
}

async function pushed(store: ImageStore, reference: string): Promise<{ phases: string[]; digest: string }> {
  const phases: string[] = [];
  const onProgress = (event: PushEvent) => {
    if (event.kind === 'layer' && event.phase !== 'pushing' && event.phase !== 'preparing') {
      phases.push(event.from === undefined ? event.phase : `${event.phase} ${event.from}`);
    }
  };
  const { digest } = await store.push({ reference, onProgress });
  return { phases, digest };
}

/**
 * A registry that keeps half of the second part of an upload. It says so in its `answer`, or first by 416 when the next part
 * does not fit what it has (distribution-spec 1.1, "Pushing a blob in chunks").
 */
async function startForgetful(how: 'answer' | 'silence'): Promise<TestServer & { kept: Map<string, Buffer> }> {
  const kept = new Map<string, Buffer>();
  const uploads: { begun: Buffer; parts: number }[] = [];
  const server = await TestServer.start(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const body = await buffer(request);
    if (url.includes('/manifests/')) return response.writeHead(201).end();
    if (method === 'HEAD') return response.writeHead(404).end();
    if (method === 'POST') uploads.push({ begun: Buffer.alloc(0), parts: 0 });
    const number = method === 'POST' ? uploads.length - 1 : Number(/uploads\/(\d+)/.exec(url)?.[1]);
    const upload = uploads[number] ?? assert.fail(url);
    const location = `/v2/partly/app/blobs/uploads/${number}`;
    const range = () => `0-${Math.max(0, upload.begun.length - 1)}`;
    if (method === 'POST') return response.writeHead(202, { location, range: range() }).end();
    if (method === 'GET') return response.writeHead(204, { location, range: range() }).end();
    const [start] = (headers['content-range'] ?? '0').split('-').map(Number);
    if (start !== upload.begun.length) return response.writeHead(416, { range: range() }).end();
    upload.parts += 1;
    const loses = method === 'PATCH' && upload.parts === 2;
    const promised = start + body.length;
    upload.begun = Buffer.concat([upload.begun, loses ? body.subarray(0, body.length / 2) : body]);
    if (method === 'PATCH') {
      const told = how === 'answer' ? range() : `0-${promised - 1}`;
      return response.writeHead(202, { location, range: told }).end();
    }
    kept.set(new URL(url, 'http://x').searchParams.get('digest') ?? '', upload.begun);
    return response.writeHead(201).end();
  });
  return Object.assign(server, { kept });
}

describe('push', () => {
  for (const form of ['gzip', 'zstd', 'none', 'docker'] as const satisfies ImageForm[]) {
    test(`an image of ${form} layers comes back with the same bytes, and skopeo reads them`, async () => {
      const image = makeImage(small, { form });
      const name = `${registry.host}/round/${form}:1`;
      const { phases, digest } = await pushed(storeWith({ [name]: image }), name);
      assert.deepEqual(phases, ['pushed', 'pushed', 'pushed']);
      assert.equal(digest, image.manifest.digest);
      const raw = await output('skopeo', 'inspect', '--tls-verify=false', '--raw', `docker://${name}`);
      assert.equal(raw, image.blobs.get(image.manifest.digest)?.toString());
      const copy = join(folder, `copy-${form}`);
      await output('skopeo', 'copy', '-q', '--src-tls-verify=false', `docker://${name}`, `dir:${copy}`);
      for (const { digest: layer } of image.layers) {
        assert.deepEqual(readFileSync(join(copy, layer.slice(7))), image.blobs.get(layer));
      }
      const other = storeWith();
      const pulled = await other.pull({ reference: name });
      assert.deepEqual([pulled.digest, pulled.id], [image.manifest.digest, image.config.digest]);
    });
  }

  test('what skopeo pushed is pulled with the same digest, and pushed elsewhere with it', async () => {
    const image = makeImage([noise(MEBIBYTE, 'skopeo'), Buffer.from('x')]);
    const layout = join(folder, 'layout');
    writeLayout(layout, { app: image });
    const name = `${registry.host}/skopeo/app:1`;
    await output('skopeo', 'copy', '-q', '--dest-tls-verify=false', `oci:${layout}:app`, `docker://${name}`);
    const store = storeWith();
    assert.equal((await store.pull({ reference: name })).digest, image.manifest.digest);
    const elsewhere = `${registry.host}/elsewhere/app:2`;
    await store.tag(name, elsewhere);
    const { phases, digest } = await pushed(store, elsewhere);
    const from = 'mounted skopeo/app';
    assert.deepEqual([phases, digest], [[from, from, from], image.manifest.digest]);
    const info = JSON.parse(await output('skopeo', 'inspect', '--tls-verify=false', `docker://${elsewhere}`));
    assert.equal(info.Digest, image.manifest.digest);
  });

  test('what is there is not sent again', async () => {
    const name = `${registry.host}/twice/app:1`;
    await using front = await startFront(registry.host);
    const here = name.replace(registry.host, front.host);
    const store = storeWith({ [here]: makeImage(small) });
    await pushed(store, here);
    front.seen.length = 0;
    assert.deepEqual((await pushed(store, here)).phases, ['exists', 'exists', 'exists']);
    // One question for each part, and the manifest; the attempt with TLS does not get so far as a request.
    assert.deepEqual(front.seen.map(({ method }) => method).sort(), ['HEAD', 'HEAD', 'HEAD', 'PUT']);
  });

  for (const [what, make] of [
    ['an OCI index', makeIndex],
    ['a Docker list', makeDockerList],
  ] as const) {
    test(`${what} is pushed with all platforms; one with a part missing is not`, async () => {
      const form = make === makeIndex ? 'gzip' : 'docker';
      const [amd, arm] = ['amd64', 'arm64'].map((architecture) =>
        makeImage([Buffer.from(architecture)], { form, architecture }),
      );
      assert.ok(amd && arm);
      const index = make([amd, arm]);
      const name = `${registry.host}/${form}/many:1`;
      const { digest, phases } = await pushed(storeWith({ [name]: index }), name);
      assert.deepEqual([digest, phases.length], [index.manifest.digest, 4]);
      for (const image of [amd, arm]) {
        const architecture = image === amd ? 'amd64' : 'arm64';
        const pulled = await storeWith().pull({ reference: name, platform: `linux/${architecture}` });
        assert.deepEqual([pulled.digest, pulled.id], [index.manifest.digest, image.config.digest]);
      }
      const poor = storeWith({ [name]: index });
      rmSync(join(poor.root, 'blobs', arm.manifest.digest.replace(':', '/')));
      await assert.rejects(poor.push({ reference: name }), { code: 'IMAGE_PARTIAL' });
      const one = await poor.push({ reference: name.replace(':1', ':one'), platform: 'linux/amd64' }).catch((e) => e);
      assert.equal(one.code, 'IMAGE_NOT_FOUND', 'the name must be one that is here');
      assert.equal((await poor.push({ reference: name, platform: 'linux/amd64' })).digest, amd.manifest.digest);
    });
  }

  test('uploads in chunks, where that is set up', async () => {
    await using front = await startFront(registry.host);
    const name = `${front.host}/chunked/app:1`;
    const image = makeImage([noise(1.5 * MEBIBYTE, 'chunks')]);
    await storeWith({ [name]: image }, { uploadChunk: { [front.host]: MEBIBYTE / 2 } }).push({ reference: name });
    const patches = front.seen.filter(({ method }) => method === 'PATCH');
    assert.equal(patches.length, 3);
    assert.equal(patches[1]?.headers['content-range'], `${MEBIBYTE / 2}-${MEBIBYTE - 1}`);
    assert.equal((await storeWith().pull({ reference: name })).digest, image.manifest.digest);
  });

  test('a proxy that takes no large body gets small ones', async () => {
    let refused = 0;
    await using front = await startFront(registry.host, (request, response) => {
      if (Number(request.headers['content-length'] ?? 0) <= 2.5 * MEBIBYTE) return false;
      refused += 1;
      request.resume().on('end', () => response.writeHead(413).end());
      return true;
    });
    const name = `${front.host}/limited/app:1`;
    const image = makeImage([noise(4 * MEBIBYTE, 'limited')]);
    await storeWith({ [name]: image }).push({ reference: name });
    assert.equal(refused, 1);
    assert.equal((await storeWith().pull({ reference: name })).digest, image.manifest.digest);
  });

  for (const forgetful of ['answer', 'silence'] as const) {
    test(`a registry that lost half of a part, ${forgetful === 'answer' ? 'and says so' : 'and says so only later'}`, async () => {
      await using other = await startForgetful(forgetful);
      const name = `${other.host}/partly/app:1`;
      const image = makeImage([noise(3.5 * MEBIBYTE, `partly ${forgetful}`)]);
      await storeWith({ [name]: image }, { uploadChunk: { [other.host]: MEBIBYTE } }).push({ reference: name });
      const sent = other.seen.flatMap(({ headers }) => headers['content-range']?.split('-')[0] ?? []).map(Number);
      const lost = forgetful === 'silence' ? [2 * MEBIBYTE] : [];
      assert.deepEqual(sent.slice(0, 3 + lost.length), [0, MEBIBYTE, ...lost, 1.5 * MEBIBYTE]);
      const [layer] = image.layers;
      assert.deepEqual(other.kept.get(layer?.digest ?? ''), image.blobs.get(layer?.digest ?? ''));
      // Nothing was sent twice but what was lost.
      assert.deepEqual(sent.slice(3 + lost.length), [2.5 * MEBIBYTE, 3.5 * MEBIBYTE]);
    });
  }

  test('goes on after cut connections, a busy registry and errors of it', async () => {
    const faults = [503, 429, 500];
    await using front = await startFront(registry.host, (request, response) => {
      const status = request.method === 'POST' ? faults.shift() : undefined;
      if (status === undefined) return false;
      response.writeHead(status, { 'retry-after': '0' }).end();
      return true;
    });
    front.cutRequests.push(1, 70_000, 400_000);
    const name = `${front.host}/cut/app:1`;
    const image = makeImage([noise(MEBIBYTE, 'cut')]);
    await storeWith({ [name]: image }).push({ reference: name });
    assert.deepEqual([faults, front.cutRequests], [[], []]);
    assert.equal((await storeWith().pull({ reference: name })).digest, image.manifest.digest);
  });

  test('content that is damaged here is not pushed', async () => {
    const name = `${registry.host}/damaged/app:1`;
    const image = makeImage([noise(MEBIBYTE, 'damaged')]);
    const store = storeWith({ [name]: image });
    const [layer] = image.layers;
    assert.ok(layer);
    writeFileSync(join(store.root, 'blobs', layer.digest.replace(':', '/')), Buffer.alloc(layer.size));
    await assert.rejects(store.push({ reference: name }), { code: 'CONTENT_DAMAGED' });
    await assert.rejects(storeWith().pull({ reference: name }), { code: 'REGISTRY_NOT_FOUND' });
  });

  test('can be cancelled, and pushed again', async () => {
    const stopped = new AbortController();
    await using front = await startFront(registry.host, (request) => {
      if (request.method !== 'PUT') return false;
      void sleep(20).then(() => stopped.abort());
      return true; // never answered
    });
    const name = `${front.host}/cancelled/app:1`;
    const image = makeImage([noise(MEBIBYTE, 'cancelled')]);
    const store = storeWith({ [name]: image });
    await assert.rejects(store.push({ reference: name, signal: stopped.signal }), { kind: 'cancelled' });
    const again = `${registry.host}/cancelled/app:1`;
    await store.tag(name, again);
    assert.equal((await store.push({ reference: again })).digest, image.manifest.digest);
  });

  test('what is attached to an image is told by a tag where the registry does not list it', async () => {
    const image = makeImage(small);
    const name = `${registry.host}/attached/app:1`;
    await storeWith({ [name]: image }).push({ reference: name });
    const { mediaType, digest, size } = image.manifest;
    const signatures = ['one', 'two'].map((word) => {
      const made = makeImage([Buffer.from(word)]);
      const bytes = made.blobs.get(made.manifest.digest)?.toString() ?? '';
      const more = { artifactType: `test/${word}`, subject: { mediaType, digest, size }, annotations: { word } };
      const content = Buffer.from(JSON.stringify({ ...JSON.parse(bytes), ...more }));
      const manifest = { ...made.manifest, digest: digestOf(content), size: content.length };
      return { ...made, manifest, blobs: new Map([...made.blobs, [manifest.digest, content]]) };
    });
    const names = signatures.map((_, i) => `${registry.host}/attached/app:signature-${i}`);
    const store = storeWith(Object.fromEntries(signatures.map((one, i) => [names[i], one])));
    // The second time there is nothing to add.
    for (const signature of [...names, ...names]) await store.push({ reference: signature });
    const found = await storeWith().referrers(name);
    assert.deepEqual(
      found,
      signatures.map(({ manifest }, i) => ({
        mediaType: manifest.mediaType,
        digest: manifest.digest,
        size: manifest.size,
        artifactType: ['test/one', 'test/two'][i],
        annotations: { word: ['one', 'two'][i] },
      })),
    );
    const filtered = await storeWith().referrers(name, { artifactType: 'test/two' });
    assert.deepEqual(
      filtered.map((one) => one.digest),
      [signatures[1]?.manifest.digest],
    );
    const tag = `docker://${registry.host}/attached/app:${digest.replace(':', '-')}`;
    const index = JSON.parse(await output('skopeo', 'inspect', '--raw', '--tls-verify=false', tag));
    assert.deepEqual([index.mediaType, index.manifests], [OCI_INDEX, found]);
  });

  test('a registry that lists referrers itself gets no tag for them', async () => {
    const subject = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from('subject')), size: 7 };
    const made = makeImage(small);
    const bytes = made.blobs.get(made.manifest.digest)?.toString() ?? '';
    const content = Buffer.from(JSON.stringify({ ...JSON.parse(bytes), subject }));
    const manifest = { ...made.manifest, digest: digestOf(content), size: content.length };
    await using front = await startFront(registry.host, (request, response) => {
      if (request.method === 'PUT' && request.url?.includes('/manifests/')) {
        response.setHeader('oci-subject', subject.digest);
      }
      return false;
    });
    const name = `${front.host}/listing/app:1`;
    const image = { ...made, manifest, blobs: new Map([...made.blobs, [manifest.digest, content]]) };
    await storeWith({ [name]: image }).push({ reference: name });
    assert.deepEqual(
      front.lines.filter((line) => line.includes('/manifests/')),
      ['PUT /v2/listing/app/manifests/1'],
    );
  });

  test('lists tags, page by page, and what refers to an image', async () => {
    const image = makeImage(small);
    const names = Object.fromEntries(['1', '2', '3'].map((tag) => [`${registry.host}/tags/app:${tag}`, image]));
    const store = storeWith(names);
    for (const name of Object.keys(names)) await store.push({ reference: name });
    assert.deepEqual(await store.tags(`${registry.host}/tags/app`), ['1', '2', '3']);
    // Debian's registry does not know pages.
    await using paged = await TestServer.start((request, response) => {
      if (request.url?.includes('last=2') === false)
        response.setHeader('link', `<${request.url}?n=2&last=2>; rel="next"`);
      response.end(JSON.stringify({ tags: request.url?.includes('last=2') ? null : ['2', '1'] }));
    });
    assert.deepEqual(await storeWith().tags(`${paged.host}/tags/app`), ['1', '2']);
    assert.deepEqual(paged.lines, ['GET /v2/tags/app/tags/list', 'GET /v2/tags/app/tags/list?n=2&last=2']);
    // Debian's registry does not list referrers itself: they are under a tag that is made of the digest.
    assert.deepEqual(await store.referrers(`${registry.host}/tags/app:1`), []);
    const signature = makeImage([Buffer.from('signature')]);
    const layout = join(folder, 'referrers');
    const index = makeIndex([signature]);
    const tag = `${registry.host}/tags/app:${image.manifest.digest.replace(':', '-')}`;
    writeLayout(layout, { index });
    await output('skopeo', 'copy', '-q', '--all', '--dest-tls-verify=false', `oci:${layout}:index`, `docker://${tag}`);
    const found = await store.referrers(`${registry.host}/tags/app:1`);
    assert.deepEqual(
      found.map(({ digest }) => digest),
      [signature.manifest.digest],
    );
    assert.deepEqual(await store.referrers(`${registry.host}/tags/app:1`, { artifactType: 'other' }), []);
  });
});
