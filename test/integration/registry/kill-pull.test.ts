import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../../src/sdk/index.ts';
import { DockerRegistry } from './docker-registry.ts';
import { startFront, type TestServer } from './front.ts';
import { output } from './run-program.ts';
import { digestOf, makeImage, noise, writeLayout } from './test-image.ts';

/** All moments of a pull, or so many of them. */
const MOST = process.env.KEELSON_FAULTS === 'all' ? Number.POSITIVE_INFINITY : 2;
const program = fileURLToPath(new URL('../faults/fault-at.ts', import.meta.url));
const image = makeImage([noise(400_000, 'lowest'), Buffer.from('small'), noise(300_000, 'top')]);
let registry: DockerRegistry;
let front: TestServer;
let reference = '';

before(async () => {
  process.env.DOCKER_CONFIG = '/nonexistent';
  registry = await DockerRegistry.start();
  front = await startFront(registry.host);
  reference = `${front.host}/killed:1`;
  const layout = mkdtempSync(join(tmpdir(), 'keelson-layout-'));
  writeLayout(layout, { app: image });
  const target = `docker://${registry.host}/killed:1`;
  await output('skopeo', 'copy', '-q', '--dest-tls-verify=false', `oci:${layout}:app`, target);
  rmSync(layout, { recursive: true });
});
after(async () => {
  await front[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

/** A pull that ends itself by SIGKILL at a moment; at 0 it tells how many there are. */
function pullUntil(root: string, moment: number): Promise<{ signal: string | undefined; moments: number }> {
  const args = ['--disable-warning=ExperimentalWarning', program, root, 'pull', reference, 'die', String(moment)];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      const signal = error?.signal ?? undefined;
      if (error && signal !== 'SIGKILL') assert.fail(`${signal}: ${stderr}`);
      resolve({ signal, moments: Number(/^moments (\d+)$/m.exec(stdout)?.[1] ?? 0) });
    });
  });
}

const names = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
const blobOf = (root: string, digest: string) => join(root, 'blobs', digest.replace(':', '/'));

/** Bytes of each content that are here: whole, or a part that the next pull can use. Nothing in the store is wrong. */
function present(root: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of names(join(root, 'blobs/sha256'))) {
    const bytes = readFileSync(join(root, 'blobs/sha256', name));
    assert.equal(digestOf(bytes), `sha256:${name}`, 'a blob that is none');
    found.set(`sha256:${name}`, bytes.length);
  }
  for (const name of names(join(root, 'partial'))) {
    const digest = name.replace('-', ':');
    if (found.has(digest)) continue;
    const bytes = readFileSync(join(root, 'partial', name));
    assert.deepEqual(bytes, image.blobs.get(digest)?.subarray(0, bytes.length), 'a part of something else');
    found.set(digest, bytes.length);
  }
  return found;
}

/** What was asked for is what was not there, each byte once. */
function assertOnlyMissing(before: ReadonlyMap<string, number>): void {
  const blobs = [image.config, ...image.layers];
  const asked = front.seen.filter(({ method, url }) => method === 'GET' && url.includes('/blobs/'));
  const ranges = new Map(
    asked.map(({ url, headers }) => [url.slice(url.lastIndexOf('/') + 1), headers.range ?? 'all']),
  );
  const expected = new Map(
    blobs.flatMap(({ digest, size }) => {
      const have = before.get(digest) ?? 0;
      // A part that was whole already is only to be checked and named.
      return have === size ? [] : [[digest, have === 0 ? 'all' : `bytes=${have}-`] as const];
    }),
  );
  assert.deepEqual([...ranges].sort(), [...expected].sort());
  assert.equal(asked.length, expected.size);
}

async function round(moment: number): Promise<{ moments: number; isKilled: boolean; resumed: boolean }> {
  const root = mkdtempSync(join(tmpdir(), 'keelson-killed-'));
  try {
    const { signal, moments } = await pullUntil(root, moment);
    await using engine = await openEngine({ root, registries: { retryDelay: 1 } });
    const listed = await engine.images.list();
    const before = present(root);
    if (listed.length > 0) {
      // It has its name: so all of it is there.
      for (const { digest, size } of [image.config, ...image.layers]) assert.equal(before.get(digest), size);
    }
    front.seen.length = 0;
    const { id, digest } = await engine.images.pull({ reference });
    assert.deepEqual([id, digest], [image.config.digest, image.manifest.digest]);
    assertOnlyMissing(before);
    for (const [digest, bytes] of image.blobs) assert.deepEqual(readFileSync(blobOf(root, digest)), bytes);
    const { folders } = await engine.images.inspect(reference);
    assert.deepEqual(
      folders.map((folder) => names(folder)),
      [['2'], ['1'], ['0']],
    );
    assert.deepEqual(readFileSync(join(folders[2] ?? '', '0')), noise(400_000, 'lowest'));
    assert.deepEqual(readFileSync(join(folders[0] ?? '', '2')), noise(300_000, 'top'));
    // Nothing is left of the one that was killed, once something was changed.
    await engine.images.tag(reference, 'other:1');
    assert.deepEqual([...names(join(root, 'partial')), ...names(join(root, 'tmp'))], []);
    await engine.images.prune();
    const layers = names(join(root, 'snapshots/layers'));
    assert.deepEqual(
      layers.filter((name) => !/^[0-9a-f]{64}$/.test(name)),
      [],
    );
    assert.equal(layers.length, 3);
    return { moments, isKilled: signal === 'SIGKILL', resumed: [...before.values()].some((size) => size > 0) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test('a pull that is killed at any moment: the next one goes on, and has the same bytes', async () => {
  const { moments } = await round(0);
  assert.ok(moments > 100, `only ${moments} moments`);
  const count = Math.min(MOST, moments);
  let resumed = 0;
  for (let i = 0; i < count; i++) {
    const moment = 1 + Math.floor(((i + 0.5) * moments) / count);
    const ended = await round(moment).catch((error: Error) => {
      error.message = `moment ${moment} of ${moments}: ${error.message}`;
      throw error;
    });
    if (ended.isKilled && ended.resumed) resumed += 1;
  }
  assert.ok(resumed >= count / 3, `${resumed} of ${count} had something to go on from`);
});
