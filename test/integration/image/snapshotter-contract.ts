import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { chainIds } from '../../../src/image/content/chain-ids.ts';
import { ContentStore } from '../../../src/image/content/content-store.ts';
import type { Layer, Snapshot, Snapshotter } from '../../../src/image/index.ts';
import type { UnpackContext } from '../../../src/image/snapshot/layer-folders.ts';
import type { NewTarEntry } from '../../../src/image/tar/tar-writer.ts';
import { writeTar } from '../../../src/image/tar/tar-writer.ts';
import { startAgent } from '../../../src/kernel/index.ts';
import { OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD } from '../../../src/spec/index.ts';
import { isRoot, TemporaryFolder } from './temporary-store.ts';

export type MakeSnapshotter = (folder: string, context: UnpackContext) => Snapshotter;

const COMPRESSIONS = { [OCI_LAYER]: (b: Buffer) => b, [OCI_LAYER_GZIP]: gzipSync, [OCI_LAYER_ZSTD]: zstdCompressSync };

const file = (name: string, text: string): NewTarEntry => ({ type: 'file', name, content: Buffer.from(text) });
const folder = (name: string, mode = 0o755): NewTarEntry => ({ type: 'folder', name, mode });

/** Three layers that add, change and remove. */
export const LAYERS: NewTarEntry[][] = [
  [
    { ...folder('.'), mode: 0o751 },
    folder('d'),
    file('d/a', 'one'),
    file('d/b', 'one'),
    folder('tmp', 0o1777),
    file('gone/x', 'x'),
  ],
  [
    file('d/a', 'two'),
    file('.wh.gone', ''),
    file('d/.wh.b', ''),
    folder('o'),
    file('o/old', 'old'),
    file('tmp/t', 't'),
  ],
  [folder('o'), file('o/.wh..wh..opq', ''), file('o/new', 'new'), { type: 'hardlink', name: 'o/same', link: 'o/new' }],
];
const MERGED = ['d', 'd/a', 'o', 'o/new', 'o/same', 'tmp', 'tmp/t'];

export async function addLayers(store: ContentStore, layers: readonly NewTarEntry[][]): Promise<Layer[]> {
  const types = Object.entries(COMPRESSIONS);
  const archives = layers.map((entries) => writeTar(entries));
  const diffIds = await Promise.all(archives.map(async (archive) => (await store.add(archive, OCI_LAYER)).digest));
  const chain = await chainIds(diffIds);
  const blobs = archives.map(async (archive, i) => {
    const [type, compress] = types[i % types.length] ?? assert.fail();
    return await store.add(compress(archive), type);
  });
  return (await Promise.all(blobs)).map((blob, i) => ({ blob, diffId: diffIds[i] ?? '', chainId: chain[i] ?? '' }));
}

/** Runs a script in the root as a container would see it; what it prints. */
export function inRoot(snapshot: Snapshot, script: string): string {
  if (snapshot.kind === 'folder') return execFileSync('sh', ['-euc', script], { cwd: snapshot.path }).toString();
  const { lower, upper, work } = snapshot;
  const options = `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}`;
  const inside = `mount -t overlay overlay -o "$0" "$1"; cd "$1"; ${script}`;
  return execFileSync('unshare', ['-m', 'sh', '-euc', inside, options, upper]).toString();
}

/** What every snapshotter must do. */
export function testSnapshotter(name: string, make: MakeSnapshotter): void {
  const place = (privileged = isRoot) => {
    const temporary = new TemporaryFolder();
    const store = new ContentStore(join(temporary.path, 'content'));
    const snapshotter = make(join(temporary.path, 'snapshots'), { store, privileged, startAgent });
    return { store, snapshotter, path: temporary.path, [Symbol.dispose]: () => temporary[Symbol.dispose]() };
  };
  const needsRoot = { skip: !isRoot && 'needs root to mount' };

  test(`${name}: layers are laid over each other`, needsRoot, async () => {
    using p = place();
    const snapshot = await p.snapshotter.prepare('c1', { layers: await addLayers(p.store, LAYERS) });
    const script = `find . -mindepth 1 -printf '%P\\n' | sort; cat d/a; stat -c ' %a' . tmp; stat -c '%h' o/same`;
    assert.equal(inRoot(snapshot, script), `${MERGED.join('\n')}\ntwo 751\n 1777\n2\n`);
  });

  test(`${name}: containers do not see what others write, and the layers stay as they are`, needsRoot, async () => {
    using p = place();
    const source = { layers: await addLayers(p.store, LAYERS) };
    const [one, two] = [await p.snapshotter.prepare('c1', source), await p.snapshotter.prepare('c2', source)];
    inRoot(one, 'echo changed >d/a; rm -r o; mkdir new; touch new/x; chmod 700 .');
    assert.equal(inRoot(one, 'cat d/a; ls; stat -c %a .'), 'changed\nd\nnew\ntmp\n700\n');
    for (const snapshot of [two, await p.snapshotter.prepare('c3', source)]) {
      assert.equal(inRoot(snapshot, 'cat d/a; ls; stat -c %a .'), 'twod\no\ntmp\n751\n');
    }
  });

  test(`${name}: many at once`, needsRoot, async () => {
    using p = place();
    const source = { layers: await addLayers(p.store, LAYERS) };
    const ids = Array.from({ length: 12 }, (_, i) => `c${i}`);
    const snapshots = await Promise.all(ids.map((id) => p.snapshotter.prepare(id, source)));
    for (const snapshot of snapshots) assert.equal(inRoot(snapshot, 'cat d/a'), 'two');
    await Promise.all(ids.map((id) => p.snapshotter.remove(id)));
  });

  test(`${name}: an id is taken once, and free again when it is removed`, async () => {
    using p = place();
    const source = { layers: await addLayers(p.store, LAYERS.slice(0, 1)) };
    await p.snapshotter.prepare('c1', source);
    await assert.rejects(p.snapshotter.prepare('c1', source), { kind: 'conflict', code: 'SNAPSHOT_EXISTS' });
    await p.snapshotter.remove('c1');
    await p.snapshotter.remove('c1');
    await p.snapshotter.prepare('c1', source);
    for (const id of ['', '..', '../x', 'a/b', '.hidden', 'a\0']) {
      await assert.rejects(p.snapshotter.prepare(id, source), { code: 'SNAPSHOT_ID' });
    }
  });

  test(`${name}: use of the disk counts hard links once and follows nothing`, needsRoot, async () => {
    using p = place();
    const snapshot = await p.snapshotter.prepare('c1', { layers: [] });
    const before = await p.snapshotter.usage('c1');
    inRoot(
      snapshot,
      'mkdir a; head -c 1000000 /dev/zero >a/f; ln a/f a/g; ln -s /usr link; ln -s / a/root; mkfifo a/p',
    );
    const after = await p.snapshotter.usage('c1');
    const bytes = after.bytes - before.bytes;
    assert.ok(bytes >= 1_000_000 && bytes < 1_100_000, `${bytes} bytes`);
    assert.equal(after.entries - before.entries, 5);
    await p.snapshotter.remove('c1');
    await assert.rejects(p.snapshotter.usage('c1'), { kind: 'not-found', code: 'SNAPSHOT_MISSING' });
  });

  test(`${name}: removing follows no link and takes odd names`, needsRoot, async () => {
    using p = place();
    mkdirSync(join(p.path, 'outside'));
    writeFileSync(join(p.path, 'outside/precious'), '');
    for (const many of ['', '; for i in $(seq 300); do mkdir -p m/$i; touch m/$i/f; done']) {
      const snapshot = await p.snapshotter.prepare('c1', { layers: [] });
      inRoot(
        snapshot,
        `ln -s ${p.path}/outside link; mkdir "$(printf '\\377x')" d; touch "$(printf 'd/\\376')"; chmod 0 d${many}`,
      );
      await p.snapshotter.remove('c1');
      assert.ok(existsSync(join(p.path, 'outside/precious')));
    }
  });

  test(`${name}: a layer that is damaged or hostile leaves nothing behind`, async () => {
    using p = place();
    const [good] = await addLayers(p.store, LAYERS.slice(0, 1));
    const hostile = await addLayers(p.store, [[file('ok', 'x'), file('../evil', 'x')]]);
    assert.ok(good);
    const other = `sha256:${'1'.repeat(64)}`;
    const wrong = { ...good, diffId: other, chainId: other };
    const noise = 'no archive'.repeat(100);
    const text = await p.store.add(gzipSync(noise), OCI_LAYER_GZIP);
    const ofNoise = `sha256:${createHash('sha256').update(noise).digest('hex')}`;
    const broken = { blob: await p.store.add(Buffer.from('no gzip'), OCI_LAYER_GZIP), diffId: other, chainId: other };
    const cases: [string, Layer][] = [
      ['LAYER_PATH', hostile[0] ?? good],
      ['CONTENT_DAMAGED', wrong],
      ['TAR_INVALID', { blob: text, diffId: ofNoise, chainId: other }],
      ['CONTENT_DAMAGED', { blob: text, diffId: other, chainId: other }],
      ['LAYER_DAMAGED', broken],
      ['LAYER_TYPE', { ...good, blob: { ...good.blob, mediaType: 'text/plain' }, chainId: other }],
      ['ENOENT', { ...good, blob: { ...good.blob, digest: other }, diffId: other, chainId: other }],
    ];
    for (const [code, layer] of cases) {
      await assert.rejects(p.snapshotter.prepare('c1', { layers: [layer] }), { code }, code);
    }
    const left = execFileSync('find', ['.', '-mindepth', '2'], { cwd: join(p.path, 'snapshots') }).toString();
    assert.equal(left, '');
    await p.snapshotter.prepare('c1', { layers: [good] });
  });

  test(`${name}: the owner of new folders can be chosen`, needsRoot, async () => {
    using p = place();
    const snapshot = await p.snapshotter.prepare('c1', { layers: [] }, { owner: { uid: 1000, gid: 1001 } });
    const { uid, gid } = statSync(snapshot.kind === 'overlay' ? snapshot.upper : snapshot.path);
    assert.deepEqual([uid, gid], [1000, 1001]);
  });
}
