import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ImageStore, type RegistryOptions } from '../../../src/image/index.ts';
import { type Certificate, Certificates } from './certificates.ts';
import { DockerRegistry } from './docker-registry.ts';
import { startFront, TestServer } from './front.ts';
import { startProxy } from './proxy.ts';
import { makeImage, noise, writeLayout } from './test-image.ts';

const image = makeImage([Buffer.from('one'), noise(200_000, 'two')]);
const unreachable =
  (why: RegExp, hint = /./) =>
  (error: Error & { code?: string; hint?: string }) => {
    assert.equal(error.code, 'REGISTRY_UNREACHABLE', error.stack);
    assert.match(error.message, why);
    assert.match(error.hint ?? '', hint);
    return true;
  };
let folder = '';
let authority = '';
let client: Certificate;
let stranger: Certificate;
let plain: DockerRegistry;
/** With TLS. Its loopback address as one of IPv6 is none for which Docker's leniency holds. */
let secure: DockerRegistry;
let mapped = '';
/** With TLS, for those alone who have a certificate. */
let closed: DockerRegistry;
let count = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-tls-'));
  const certificates = new Certificates(folder);
  ({ authority } = certificates);
  const server = certificates.issue('server');
  client = certificates.issue('client');
  stranger = new Certificates(folder, 'stranger').issue('unknown');
  [plain, secure, closed] = await Promise.all([
    DockerRegistry.start(),
    DockerRegistry.start({ tls: server }),
    DockerRegistry.start({ tls: { ...server, clientAuthority: authority } }),
  ]);
  mapped = secure.host.replace('127.0.0.1', '[::ffff:7f00:1]');
});
after(async () => {
  await Promise.all([plain, secure, closed].map((registry) => registry[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true, force: true });
});

function storeOf(name: string, options: RegistryOptions = {}): ImageStore {
  count += 1;
  const root = join(folder, `store-${count}`);
  if (name !== '') writeLayout(root, { [name]: image });
  const nothing = { retryDelay: 1, configFile: '/nonexistent', certificates: [], settingsFile: false as const };
  return new ImageStore({ root, registries: { ...nothing, ...options } });
}

/** There and back again. */
async function roundTrip(name: string, options: RegistryOptions): Promise<void> {
  await storeOf(name, options).push({ reference: name });
  assert.equal((await storeOf('', options).pull({ reference: name })).digest, image.manifest.digest);
}

/** A folder in the layout of /etc/docker/certs.d. */
function certificatesFor(host: string, files: Readonly<Record<string, string>>): string {
  count += 1;
  const own = join(folder, `certs-${count}`, host);
  mkdirSync(own, { recursive: true });
  for (const [name, from] of Object.entries(files)) cpSync(from, join(own, name));
  return join(own, '..');
}

/** A settings file with this in it. */
function settings(document: object | string): string {
  count += 1;
  const path = join(folder, `registries-${count}.json`);
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
  return path;
}

describe('TLS', () => {
  test('an authority of our own, in a folder of Docker, in the settings, or of this machine', async () => {
    const name = `${mapped}/own-ca:1`;
    await assert.rejects(storeOf(name).push({ reference: name }), unreachable(/certificate/, /certs\.d/));
    await roundTrip(name, { certificates: [certificatesFor(mapped, { 'ca.crt': authority })] });
    await roundTrip(name, { settingsFile: settings({ registries: { [mapped]: { ca: authority } } }) });
    await roundTrip(name, { env: { SSL_CERT_FILE: authority } });
    const other = certificatesFor(mapped, { 'ca.crt': join(folder, 'stranger.crt') });
    await assert.rejects(
      storeOf(name, { certificates: [other] }).push({ reference: name }),
      unreachable(/certificate/),
    );
  });

  test('no authority where it is said so', async () => {
    const name = `${mapped}/insecure:1`;
    await roundTrip(name, { insecure: [mapped] });
    await roundTrip(name, { insecure: ['::ffff:7f00:0/112'] });
    await roundTrip(name, { settingsFile: settings({ 'insecure-registries': [mapped] }) });
    await roundTrip(name, { settingsFile: settings({ registries: { [mapped]: { insecure: true } } }) });
  });

  test('no TLS on another machine only where it is said so', async () => {
    const name = `${plain.host.replace('127.0.0.1', '[::ffff:7f00:1]')}/plain:1`;
    await assert.rejects(storeOf(name).push({ reference: name }), unreachable(/./));
    await roundTrip(name, { insecure: [name.replace('/plain:1', '')] });
  });

  test('a certificate of ours', async () => {
    const name = `${closed.host}/closed:1`;
    await assert.rejects(storeOf(name).push({ reference: name }), unreachable(/./, /client\.cert/));
    const { cert, key } = client;
    const files = { 'ca.crt': authority, 'client.cert': cert, 'client.key': key };
    await roundTrip(name, { certificates: [certificatesFor(closed.host, files)] });
    await roundTrip(name, { settingsFile: settings({ registries: { [closed.host]: { cert, key } } }) });
    const unknown = { 'client.cert': stranger.cert, 'client.key': stranger.key };
    const strange = storeOf(name, { certificates: [certificatesFor(closed.host, unknown)] });
    await assert.rejects(strange.push({ reference: name }), unreachable(/./));
  });

  test('a certificate without its key, or with the key of another, is told', async () => {
    const name = `${closed.host}/broken:1`;
    const { cert, key } = client;
    for (const files of [
      { 'client.cert': cert },
      { 'client.key': key },
      { 'client.cert': cert, 'client.key': stranger.key },
    ]) {
      const store = storeOf(name, { certificates: [certificatesFor(closed.host, files)] });
      await assert.rejects(store.push({ reference: name }), { code: 'REGISTRY_CERTIFICATES' });
    }
  });

  test('a redirect does not take our certificate or our leniency along', async () => {
    const { cert, key } = stranger;
    const read = (path: string) => readFileSync(path, 'utf8');
    await using elsewhere = await TestServer.start((_request, response) => response.end('?'), {
      cert: read(cert),
      key: read(key),
    });
    const target = elsewhere.host.replace('127.0.0.1', '[::ffff:7f00:1]');
    await using front = await startFront(plain.host, (request, response) => {
      if (request.method !== 'GET' || !request.url?.includes('/blobs/')) return false;
      response.writeHead(307, { location: `https://${target}/` }).end();
      return true;
    });
    const name = `${front.host}/redirect:1`;
    await storeOf(name).push({ reference: name });
    await assert.rejects(storeOf('').pull({ reference: name }), unreachable(/certificate/));
    assert.deepEqual(elsewhere.seen, []);
  });
});

describe('mirrors', () => {
  test('are asked first, for pulls alone, and may fail in any way and at any time', async () => {
    const name = `${plain.host}/mirrored:1`;
    await storeOf(name).push({ reference: name });
    const pullThrough = async (mirrors: string[]) => {
      const pulled = await storeOf('', { mirrors: { [plain.host]: mirrors } }).pull({ reference: name });
      assert.equal(pulled.digest, image.manifest.digest);
    };
    await using good = await startFront(plain.host);
    await pullThrough([`http://${good.host}`]);
    assert.equal(good.lines.filter((line) => line.includes('/manifests/')).length, 1);
    await using empty = await TestServer.start((_request, response) => response.writeHead(404).end());
    await using broken = await startFront(plain.host, (request, response) => {
      if (!request.url?.includes('/blobs/')) return false;
      response.writeHead(403).end();
      return true;
    });
    await using liar = await startFront(plain.host, (request, response) => {
      if (!request.url?.includes('/blobs/')) return false;
      response.end('something else');
      return true;
    });
    for (const mirror of [empty, broken, liar]) {
      await pullThrough([`http://${mirror.host}/`, 'http://127.0.0.1:9']);
      assert.ok(mirror.seen.length > 0);
    }
    const seen = good.seen.length;
    await storeOf(name, { mirrors: { [plain.host]: [`http://${good.host}`] } }).push({ reference: name });
    assert.equal(good.seen.length, seen, 'pushes go to the registry itself');
  });

  test('of docker.io, as Docker names them, with a path before theirs', async () => {
    await storeOf(`${plain.host}/library/hello:1`).push({ reference: `${plain.host}/library/hello:1` });
    await using cache = await startFront(plain.host, (request) => {
      request.url = request.url?.replace(/^\/cache\//, '/');
      return false;
    });
    const settingsFile = settings({ 'registry-mirrors': [`http://${cache.host}/cache`] });
    const pulled = await storeOf('', { settingsFile }).pull({ reference: 'hello:1' });
    assert.equal(pulled.canonicalName, 'docker.io/library/hello:1');
    assert.match(cache.lines[0] ?? '', /^GET \/(cache\/)?v2\/library\/hello\/manifests\/1$/);
  });
});

describe('proxies', () => {
  test('TLS goes through a tunnel, and is checked at its end', async () => {
    await using proxy = await startProxy({ 'registry.test:443': secure.host }, 'me:word');
    const name = 'registry.test/proxied:1';
    const env = { HTTPS_PROXY: `http://me:word@${proxy.host}`, SSL_CERT_FILE: authority };
    await roundTrip(name, { env });
    assert.ok(proxy.lines.every((line) => line === 'CONNECT registry.test:443') && proxy.lines.length > 0);
    const unchecked = storeOf(name, { env: { https_proxy: env.HTTPS_PROXY } });
    await assert.rejects(unchecked.push({ reference: name }), unreachable(/certificate/));
    const refused = storeOf(name, { env: { ...env, HTTPS_PROXY: `http://me:wrong@${proxy.host}` } });
    await assert.rejects(refused.push({ reference: name }), unreachable(/407/));
  });

  test('what has no TLS is asked of the proxy itself; settings name it, too', async () => {
    await using proxy = await startProxy({ 'registry.test:80': plain.host });
    const proxies = { 'http-proxy': `http://${proxy.host}` };
    const settingsFile = settings({ proxies, 'insecure-registries': ['registry.test'] });
    // There is no such name but at the proxy.
    await roundTrip('registry.test/plain:1', { settingsFile });
    assert.ok(
      proxy.lines.some((line) => line === 'PUT http://registry.test/v2/plain/manifests/1'),
      proxy.lines.join(),
    );
  });

  test('are left out for this machine and for NO_PROXY', async () => {
    await using proxy = await startProxy({});
    const env = { http_proxy: proxy.host, https_proxy: proxy.host };
    await roundTrip(`${plain.host}/direct:1`, { env });
    const name = `${mapped}/direct:1`;
    await roundTrip(name, { env: { ...env, NO_PROXY: '::ffff:127.0.0.0/104', SSL_CERT_FILE: authority } });
    assert.deepEqual(proxy.seen, []);
    await assert.rejects(storeOf(name, { env }).push({ reference: name }), unreachable(/./));
    assert.ok(proxy.seen.length > 0);
  });
});

describe('the settings file', () => {
  for (const [text, why] of [
    ['{', /is not JSON/],
    ['[]', /it must be an object/],
    ['{"insecure-registry": []}', /"insecure-registry" is not known/],
    ['{"registries": {"a": {"mirror": []}}}', /"registries\.a\.mirror" is not known/],
    ['{"insecure-registries": "a"}', /"insecure-registries" must be an array of strings/],
    ['{"registry-mirrors": ["mirror.example"]}', /"registry-mirrors" must be an array of addresses/],
    ['{"registries": {"a": {"upload-chunk": "much"}}}', /"registries\.a\.upload-chunk" must be a size/],
    ['{"max-concurrent-downloads": 0}', /must be a whole number above 0/],
  ] as const) {
    test(`${text} is told`, async () => {
      const store = storeOf('a/b:1', { settingsFile: settings(text) });
      await assert.rejects(store.pull({ reference: 'a/b:1' }), { code: 'REGISTRIES_FILE', message: why });
    });
  }

  test('is looked for where it is named, in the home, and on this machine', async () => {
    const path = settings('{');
    const named = storeOf('a/b:1', { settingsFile: undefined, env: { KEELSON_REGISTRIES: path } });
    await assert.rejects(named.pull({ reference: 'a/b:1' }), { code: 'REGISTRIES_FILE' });
    const lost = storeOf('a/b:1', { settingsFile: undefined, env: { KEELSON_REGISTRIES: `${path}.none` } });
    await assert.rejects(lost.pull({ reference: 'a/b:1' }), { code: 'REGISTRIES_FILE' });
    mkdirSync(join(folder, 'home', 'keelson'), { recursive: true });
    writeFileSync(join(folder, 'home', 'keelson', 'registries.json'), '{');
    const own = storeOf('a/b:1', { settingsFile: undefined, env: { XDG_CONFIG_HOME: join(folder, 'home') } });
    await assert.rejects(own.pull({ reference: 'a/b:1' }), { code: 'REGISTRIES_FILE' });
  });
});
