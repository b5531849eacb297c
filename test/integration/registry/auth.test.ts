import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ImageStore, type RegistryOptions } from '../../../src/image/index.ts';
import { Certificates } from './certificates.ts';
import { DockerRegistry, TESTER } from './docker-registry.ts';
import { startFront, TestServer } from './front.ts';
import { output } from './run-program.ts';
import { makeImage, noise, writeLayout } from './test-image.ts';
import { TokenServer } from './token-server.ts';

const image = makeImage([Buffer.from('one'), noise(300_000, 'two')]);
const denied = { kind: 'denied', code: 'REGISTRY_UNAUTHORIZED' };
let folder = '';
let basic: DockerRegistry;
let tokens: TokenServer;
let bearer: DockerRegistry;
let files = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-auth-'));
  tokens = await TokenServer.start(new Certificates(folder).issue('tokens'));
  basic = await DockerRegistry.start({ logins: TESTER });
  bearer = await DockerRegistry.start({ token: tokens.setting });
});
after(async () => {
  await Promise.all([basic, bearer, tokens].map((server) => server[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true, force: true });
});

/** A store with one image, and a configuration of Docker's with these words. */
function client(name: string, config: object = {}, options: RegistryOptions = {}) {
  files += 1;
  const root = join(folder, `store-${files}`);
  const configFile = join(folder, `docker-${files}`, 'config.json');
  mkdirSync(join(configFile, '..'));
  if (Object.keys(config).length > 0) writeFileSync(configFile, JSON.stringify(config));
  writeLayout(root, { [name]: image });
  const store = new ImageStore({ root, registries: { retryDelay: 1, settingsFile: false, configFile, ...options } });
  return { store, root, configFile, config: () => JSON.parse(readFileSync(configFile, 'utf8')) };
}

const login = (password = 'secret') => ({ username: 'tester', password });
const auth = (text: string) => Buffer.from(text).toString('base64');

describe('a registry with names and passwords', () => {
  test('a login is tried, kept for its owner alone, used and forgotten; the rest of the file stays', async () => {
    const name = `${basic.host}/team/app:1`;
    const others = {
      auths: { 'other.example': { auth: auth('a:b') } },
      detachKeys: 'ctrl-e',
      plugins: { x: { y: '1' } },
    };
    const { store, configFile, config } = client(name, others);
    await assert.rejects(store.push({ reference: name }), denied);
    assert.equal(await store.login({ server: basic.host }), undefined, 'there is none to try');
    await assert.rejects(store.login({ server: basic.host, ...login('wrong') }), denied);
    assert.deepEqual(config(), others);
    const kept = await store.login({ server: `http://${basic.host}/v2/`, ...login() });
    assert.deepEqual(kept, { kind: 'file', name: configFile });
    assert.deepEqual(config(), {
      ...others,
      auths: { ...others.auths, [basic.host]: { auth: auth('tester:secret') } },
    });
    assert.equal(statSync(configFile).mode & 0o777, 0o600);
    await store.push({ reference: name });
    // Docker's format: skopeo reads it.
    const read = ['inspect', '--tls-verify=false', '--authfile', configFile, `docker://${name}`];
    assert.equal(JSON.parse(await output('skopeo', ...read)).Digest, image.manifest.digest);
    assert.equal((await store.login({ server: basic.host }))?.kind, 'file', 'the kept one is tried again');
    assert.equal(await store.logout(basic.host), true);
    assert.deepEqual(config(), others);
    assert.equal(await store.logout(basic.host), false);
    await assert.rejects(store.pull({ reference: name }), denied);
  });

  test('a configuration behind a link stays there; a broken one is told without its words', async () => {
    const { store, configFile } = client(`${basic.host}/x:1`);
    const target = join(folder, 'dotfiles.json');
    writeFileSync(target, '{"auths":{}}', { mode: 0o644 });
    symlinkSync(target, configFile);
    await store.login({ server: basic.host, ...login() });
    assert.equal(JSON.parse(readFileSync(target, 'utf8')).auths[basic.host].auth, auth('tester:secret'));
    assert.equal(statSync(target).mode & 0o777, 0o600);
    writeFileSync(target, '{"auths": {"x": {"auth": "c2VjcmV0"} ');
    const failed = await store.login({ server: basic.host, ...login() }).catch((error: unknown) => error);
    assert.ok(failed instanceof Error && 'code' in failed && failed.code === 'DOCKER_CONFIG');
    assert.doesNotMatch(`${failed.stack} ${failed.cause}`, /c2VjcmV0/);
  });

  test('no login goes to another server that the registry names', async () => {
    await using elsewhere = await TestServer.start((_request, response) => {
      response.end(image.blobs.get(image.layers[1]?.digest ?? ''));
    });
    await using front = await startFront(basic.host, (request, response) => {
      if (!request.headers.authorization || !request.url?.includes(image.layers[1]?.digest ?? '')) return false;
      if (request.method !== 'GET') return false;
      response.writeHead(307, { location: `http://${elsewhere.host}/stored` }).end();
      return true;
    });
    const auths = { [front.host]: { auth: auth('tester:secret') } };
    const { store } = client(`${front.host}/redirected:1`, { auths });
    await store.push({ reference: `${front.host}/redirected:1` });
    const other = client('unused:1', { auths }).store;
    rmSync(join(folder, `store-${files}`), { recursive: true });
    await other.pull({ reference: `${front.host}/redirected:1` });
    assert.deepEqual(elsewhere.lines, ['GET /stored']);
    assert.equal(elsewhere.seen[0]?.headers.authorization, undefined);
  });
});

describe('credential helpers', () => {
  const log = () => join(folder, 'helper.log');
  before(() => {
    // Keeps one login in a file, and tells its arguments.
    const program = join(folder, 'bin', 'docker-credential-test');
    mkdirSync(join(folder, 'bin'));
    const script = `#!/bin/sh
echo "$0 $*" >>'${log()}'
case $1 in
  store) cat >'${folder}/kept' ;;
  get) if [ -f '${folder}/kept' ]; then cat '${folder}/kept'; else echo 'credentials not found in native keychain'; exit 1; fi ;;
  erase) rm '${folder}/kept' ;;
esac
`;
    writeFileSync(program, script);
    chmodSync(program, 0o755);
    writeFileSync(join(folder, 'bin', 'docker-credential-broken'), '#!/bin/sh\necho "secret-of-helper"; exit 3\n');
    chmodSync(join(folder, 'bin', 'docker-credential-broken'), 0o755);
  });
  const env = () => ({ PATH: `${join(folder, 'bin')}:/usr/bin:/bin` });

  test('keep, give and forget a login; no secret in arguments or in the file', async () => {
    const name = `${basic.host}/helped/app:1`;
    const { store, config } = client(name, { credHelpers: { [basic.host]: 'test' } }, { env: env() });
    await assert.rejects(store.push({ reference: name }), denied);
    const kept = await store.login({ server: basic.host, ...login() });
    assert.deepEqual(kept, { kind: 'helper', name: 'docker-credential-test' });
    assert.deepEqual(config(), { credHelpers: { [basic.host]: 'test' }, auths: { [basic.host]: {} } });
    const held = JSON.parse(readFileSync(join(folder, 'kept'), 'utf8'));
    assert.deepEqual(held, { ServerURL: basic.host, Username: 'tester', Secret: 'secret' });
    await store.push({ reference: name });
    assert.equal(await store.logout(basic.host), true);
    assert.deepEqual(config().auths, {});
    await assert.rejects(store.push({ reference: `${name}` }), denied);
    assert.deepEqual(
      [
        ...new Set(
          readFileSync(log(), 'utf8')
            .trim()
            .split('\n')
            .map((line) => line.split(' ')[1]),
        ),
      ],
      ['get', 'store', 'erase'],
    );
    assert.doesNotMatch(readFileSync(log(), 'utf8'), /secret/);
  });

  for (const [helper, why] of [
    ['broken', /get ends with 3$/],
    ['missing', /there is no program docker-credential-missing on the PATH/],
    ['../evil', /its name is no file name/],
  ] as const) {
    test(`${helper}: told where a login is needed, no hindrance where none is`, async () => {
      const open = `${bearer.host}/open:1`;
      const { store } = client(open, { credsStore: helper }, { env: env() });
      await assert.rejects(store.push({ reference: open }), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'CREDENTIAL_HELPER');
        assert.match(error.message, why);
        assert.doesNotMatch(`${error.stack} ${error.cause}`, /secret-of-helper/);
        return true;
      });
      // Pulling needs no login there.
      await assert.rejects(store.pull({ reference: open }), { code: 'REGISTRY_NOT_FOUND' });
    });
  }
});

describe('a registry with a token server', () => {
  test('asks for what a request needs, once; a mount reads elsewhere', async () => {
    const name = `${bearer.host}/team/app:1`;
    const { store } = client(name, { auths: { [bearer.host]: { auth: auth('tester:secret') } } });
    tokens.asked.length = 0;
    await store.push({ reference: name });
    assert.deepEqual(
      tokens.asked.map(({ scopes }) => scopes.toSorted()),
      [['repository:team/app:pull,push']],
    );
    assert.equal(tokens.asked[0]?.account, 'tester');
    tokens.asked.length = 0;
    await store.tag(name, `${bearer.host}/team/next:1`);
    const from: (string | undefined)[] = [];
    await store.push({
      reference: `${bearer.host}/team/next:1`,
      onProgress: (event) => void (event.kind === 'layer' && event.phase === 'mounted' && from.push(event.from)),
    });
    assert.deepEqual(from, ['team/app', 'team/app', 'team/app']);
    assert.deepEqual(tokens.asked.map(({ scopes }) => scopes.length).toSorted(), [1, 2]);
    // Without a login: pull, not push.
    const anonymous = client(name).store;
    assert.equal((await anonymous.pull({ reference: name })).digest, image.manifest.digest);
    await assert.rejects(anonymous.push({ reference: name }), { kind: 'denied' });
  });

  test('a token that ends in the middle of a pull is replaced', async () => {
    const name = 'ending/app:1';
    const { store } = client(`${bearer.host}/${name}`, { auths: { [bearer.host]: { auth: auth('tester:secret') } } });
    await store.push({ reference: `${bearer.host}/${name}` });
    let blobs = 0;
    const ended = new Set<string>();
    await using front = await startFront(bearer.host, (request, response) => {
      const { authorization } = request.headers;
      // The one that was good for the manifest and the first parts is so no more.
      if (request.url?.includes('/blobs/')) blobs += 1;
      if (blobs === 2 && ended.size === 0 && authorization) ended.add(authorization);
      if (!authorization || !ended.has(authorization)) return false;
      const realm = `Bearer realm="${tokens.setting.realm}",service="${tokens.setting.service}",error="invalid_token"`;
      response.writeHead(401, { 'www-authenticate': realm }).end();
      return true;
    });
    tokens.asked.length = 0;
    files += 1;
    const root = join(folder, `store-${files}`);
    const other = new ImageStore({
      root,
      registries: { retryDelay: 1, settingsFile: false, configFile: '/nonexistent' },
    });
    assert.equal((await other.pull({ reference: `${front.host}/${name}` })).digest, image.manifest.digest);
    assert.equal(ended.size, 1);
    assert.equal(tokens.asked.length, 2);
  });

  test('a token that ends soon is replaced before it is refused', async () => {
    const name = `${bearer.host}/soon/app:1`;
    const { store } = client(name, { auths: { [bearer.host]: { auth: auth('tester:secret') } } });
    tokens.life = 4; // less than we want a token to have
    tokens.asked.length = 0;
    try {
      await store.push({ reference: name });
    } finally {
      tokens.life = 300;
    }
    assert.ok(tokens.asked.length > 3, `${tokens.asked.length} tokens`);
  });

  test('a login becomes a token that stands for it, which is then traded by POST', async () => {
    const name = `${bearer.host}/identity/app:1`;
    const { store, config } = client(name);
    tokens.refreshToken = 'refresh-me';
    tokens.asked.length = 0;
    await assert.rejects(store.login({ server: bearer.host, ...login('wrong') }), denied);
    await store.login({ server: bearer.host, ...login() });
    assert.deepEqual(
      tokens.asked.map(({ offline, scopes }) => [offline, scopes]),
      [
        [true, []],
        [true, []],
      ],
    );
    const kept = config().auths[bearer.host];
    assert.deepEqual(kept, { auth: auth('tester:'), identitytoken: 'refresh-me' });
    tokens.asked.length = 0;
    await store.push({ reference: name });
    assert.deepEqual(
      tokens.asked.map(({ method }) => method),
      ['POST'],
    );
  });
});

test('a registry with TLS does not get a login sent without', async () => {
  const { cert, key } = new Certificates(folder, 'other').issue('realm');
  await using server = await TestServer.start(
    (_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://127.0.0.1:9/token",service="x"' }).end();
    },
    { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') },
  );
  const { store } = client(`${server.host}/app:1`);
  await assert.rejects(store.login({ server: server.host, ...login() }), { code: 'REGISTRY_REALM' });
  await assert.rejects(store.login({ server: 'a b', ...login() }), { code: 'REGISTRY_NAME' });
});
