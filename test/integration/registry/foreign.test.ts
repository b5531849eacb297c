import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ImageStore } from '../../../src/image/index.ts';
import { DOCKER_LAYER_FOREIGN, isForeign } from '../../../src/spec/index.ts';
import { DockerRegistry, TESTER } from './docker-registry.ts';
import { TestServer } from './front.ts';
import { output } from './run-program.ts';
import { digestOf, makeImage, noise, type TestImage, writeLayout } from './test-image.ts';

const image = makeImage([Buffer.from('own'), noise(200_000, 'elsewhere')], { form: 'docker' });
const layer = image.layers[1] ?? assert.fail();
const bytes = image.blobs.get(layer.digest) ?? Buffer.alloc(0);
let folder = '';
let registry: DockerRegistry;
let origin: TestServer;
/** So many bytes of the next answers, then the connection is cut. */
let cuts: number[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-foreign-'));
  origin = await TestServer.start((request, response) => {
    if (request.url !== '/layer') return response.writeHead(404).end();
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': bytes.length - start,
      ...(start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    });
    const cut = cuts.shift();
    if (cut === undefined) return response.end(bytes.subarray(start));
    return response.write(bytes.subarray(start, start + cut), () => setTimeout(() => response.destroy(), 30));
  });
  registry = await DockerRegistry.start({ logins: TESTER, foreign: 'http' });
});
after(async () => {
  await registry[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The image with a layer that is at these addresses, under a media type. */
function elsewhere(urls: string[], mediaType = DOCKER_LAYER_FOREIGN): TestImage {
  const layers = image.layers.map((one) => (one === layer ? { ...one, mediaType, urls } : one));
  const document = { schemaVersion: 2, mediaType: image.manifest.mediaType, config: image.config, layers };
  const content = Buffer.from(JSON.stringify(document));
  const manifest = { ...image.manifest, digest: digestOf(content), size: content.length };
  return { ...image, layers, manifest, blobs: new Map([...image.blobs, [manifest.digest, content]]) };
}

let stores = 0;
function newStore(images: Readonly<Record<string, TestImage>> = {}) {
  stores += 1;
  const root = join(folder, String(stores));
  mkdirSync(root);
  if (Object.keys(images).length > 0) writeLayout(root, images);
  const configFile = join(folder, 'config.json');
  return Object.assign(new ImageStore({ root, registries: { retryDelay: 1, configFile, settingsFile: false } }), {
    root,
  });
}

const sent = () => origin.seen.map(({ headers }) => headers);

const isThere = async (repository: string, digest: string) => {
  const headers = { authorization: `Basic ${Buffer.from('tester:secret').toString('base64')}` };
  return (await fetch(`http://${registry.host}/v2/${repository}/blobs/${digest}`, { method: 'HEAD', headers })).ok;
};

describe('a layer that may not be given on', () => {
  test('is not pushed, and is pulled from its address, without the login for the registry', async () => {
    const name = `${registry.host}/foreign:1`;
    const foreign = elsewhere([`http://${origin.host}/gone`, `http://${origin.host}/layer`]);
    const store = newStore({ [name]: foreign });
    await store.login({ server: registry.host, username: 'tester', password: 'secret' });
    assert.equal((await store.push({ reference: name })).digest, foreign.manifest.digest);
    assert.deepEqual(
      [await isThere('foreign', layer.digest), await isThere('foreign', image.config.digest)],
      [false, true],
    );
    assert.equal(origin.seen.length, 0);
    const other = newStore();
    cuts = [50_000];
    assert.equal((await other.pull({ reference: name })).digest, foreign.manifest.digest);
    assert.deepEqual(readFileSync(join(other.root, 'blobs', layer.digest.replace(':', '/'))), bytes);
    assert.equal(sent().at(-1)?.range, 'bytes=50000-');
    assert.ok(sent().every((headers) => headers.authorization === undefined));
    // As skopeo does it.
    origin.seen.length = 0;
    const copy = join(folder, 'copy');
    const login = ['--src-creds', 'tester:secret', '--src-tls-verify=false'];
    await output('skopeo', 'copy', '-q', ...login, `docker://${name}`, `dir:${copy}`);
    assert.deepEqual(readFileSync(join(copy, layer.digest.slice(7))), bytes);
    assert.ok(origin.lines.includes('GET /layer'));
  });

  test('is sought nowhere but by https, or where the registry itself is', async () => {
    // No name of these is asked for: they would be unreachable, not missing.
    for (const address of [
      'http://origin.invalid/layer',
      'ftp://origin.invalid/layer',
      'file:///etc/passwd',
      'http://[',
      `http://a:b@${origin.host}/layer`,
    ]) {
      const { manifest, blobs } = elsewhere([address]);
      await using careless = await TestServer.start((request, response) => {
        const part = request.url?.split('/').at(-1) ?? '';
        const content = part === '1' ? blobs.get(manifest.digest) : part === layer.digest ? undefined : blobs.get(part);
        if (part === '1') response.setHeader('content-type', manifest.mediaType);
        response.writeHead(content ? 200 : 404).end(content);
      });
      const asked = origin.seen.length;
      const pull = newStore().pull({ reference: `${careless.host}/unsafe:1` });
      await assert.rejects(pull, { code: 'REGISTRY_NOT_FOUND' });
      assert.equal(origin.seen.length, asked);
    }
  });

  test('must be what the manifest says', async () => {
    const name = `${registry.host}/wrong:1`;
    await using liar = await TestServer.start((_, response) => response.end(Buffer.alloc(bytes.length)));
    await newStore({ [name]: elsewhere([`http://${liar.host}/layer`]) }).push({ reference: name });
    await assert.rejects(newStore().pull({ reference: name }), { code: 'CONTENT_DIGEST' });
  });

  test('is pushed all the same where its type does not say so', async () => {
    const name = `${registry.host}/own:1`;
    const own = elsewhere([`http://${origin.host}/layer`], layer.mediaType);
    assert.equal(isForeign(own.layers[1] ?? assert.fail()), false);
    await newStore({ [name]: own }).push({ reference: name });
    assert.equal(await isThere('own', layer.digest), true);
  });
});
