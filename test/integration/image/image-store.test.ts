import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContentStore } from '../../../src/image/content/content-store.ts';
import { ImageStore } from '../../../src/image/index.ts';
import { parseImageConfig } from '../../../src/spec/index.ts';
import { inRoot } from './snapshotter-contract.ts';
import { isRoot, TemporaryFolder, TemporaryStore } from './temporary-store.ts';
import { describeTree } from './unpacked-tree.ts';

const needsRoot = { skip: !isRoot && 'needs root' };

/** A program that resolves busybox, makes a container's root of it, and prints the image's id. */
function program(root: string, id: string): string[] {
  const door = new URL('../../../src/image/index.ts', import.meta.url).pathname;
  const source = `
    import { ImageStore } from ${JSON.stringify(door)};
    const store = new ImageStore({ root: ${JSON.stringify(root)} });
    const image = await store.resolve('busybox');
    await store.snapshotter.prepare(${JSON.stringify(id)}, image);
    process.stdout.write(image.id);`;
  return ['--input-type=module', '-e', source];
}

/** Everything in a data root that is not whole. */
function unfinished(root: string): string[] {
  const left = [...readdirSync(join(root, 'tmp')), ...readdirSync(join(root, 'snapshots/layers'))];
  return left.filter((name) => !/^[0-9a-f]{64}$/.test(name));
}

test('busybox is made on first use, the same each time', needsRoot, async () => {
  using store = new TemporaryStore();
  using other = new TemporaryStore();
  const image = await store.resolve('busybox');
  assert.equal(image.name, 'busybox:latest');
  assert.deepEqual(image.config.config?.Cmd, ['sh']);
  assert.deepEqual(await other.resolve('busybox:latest'), image);
  assert.deepEqual(await store.resolve('busybox'), image);
  const again = new ImageStore({
    root: store.root,
    busybox: '/nonexistent',
    startAgent: () => assert.fail('it is there'),
  });
  for (const name of ['busybox', 'busybox:latest', image.id, image.id.slice(7), image.id.slice(7, 19)]) {
    assert.deepEqual(await again.resolve(name), image, name);
  }
  const [manifest] = new ContentStore(store.root).index().manifests;
  assert.deepEqual(await again.resolve(`busybox@${manifest?.digest}`), image);
});

test('its root file system is complete', needsRoot, async () => {
  using store = new TemporaryStore();
  const snapshot = await store.snapshotter.prepare('c1', await store.resolve('busybox'));
  const script = `chroot . /bin/sh -euc 'id -u; id -g; ls -ld /tmp /root /home | cut -c1-10; whoami; id nobody; echo ok | /usr/bin/env cat'
    chroot . /bin/busybox --list-full | while read -r a; do test -x "$a" || echo missing $a; done; stat -c %h bin/busybox`;
  const applets = execFileSync('/bin/busybox', ['--list-full']).toString().trim().split('\n').length;
  assert.equal(
    inRoot(snapshot, script),
    `0
0
drwxr-xr-x
drwx------
drwxrwxrwt
root
uid=65534(nobody) gid=65534(nobody) groups=65534(nobody)
ok
${applets}
`,
  );
});

test('skopeo and umoci read the store in place', needsRoot, async () => {
  using store = new TemporaryStore();
  using folder = new TemporaryFolder();
  const image = await store.resolve('busybox');
  const inspected = JSON.parse(
    execFileSync('skopeo', ['inspect', '--config', `oci:${store.root}:busybox:latest`]).toString(),
  );
  assert.deepEqual(parseImageConfig(inspected), image.config);
  const copy = join(folder.path, 'copy');
  execFileSync('skopeo', ['copy', '--quiet', '--insecure-policy', `oci:${store.root}:busybox:latest`, `dir:${copy}`]);
  const bundle = join(folder.path, 'bundle');
  execFileSync('umoci', ['unpack', '--image', `${store.root}:busybox:latest`, bundle]);
  const snapshot = await store.snapshotter.prepare('c1', image);
  const lower = snapshot.kind === 'overlay' ? snapshot.lower[0] : snapshot.path;
  assert.deepEqual(describeTree(lower ?? ''), describeTree(join(bundle, 'rootfs')));
});

test('an image that skopeo puts into the store is found', needsRoot, async () => {
  using store = new TemporaryStore();
  const { id } = await store.resolve('busybox');
  const names = ['example.org/team/app:1.0', 'two'].map((name) => `oci:${store.root}:${name}`);
  for (const name of names) {
    const compress = ['--dest-compress-format', 'gzip', '--dest-compress'];
    execFileSync('skopeo', [
      'copy',
      '--quiet',
      '--insecure-policy',
      ...compress,
      `oci:${store.root}:busybox:latest`,
      name,
    ]);
  }
  const image = await store.resolve('example.org/team/app:1.0');
  assert.equal(image.id, id);
  await store.snapshotter.prepare('c1', image);
  // A name without a tag is not one that a reference can mean, and stops nothing.
  await assert.rejects(store.resolve('two'), { code: 'IMAGE_NOT_FOUND' });
});

test('an unknown image is told with those that there are', async () => {
  using store = new TemporaryStore();
  const notFound = { kind: 'not-found', code: 'IMAGE_NOT_FOUND', hint: /busybox:latest/ };
  for (const name of [
    'alpine',
    'busybox:1.0',
    'example.org/busybox',
    `busybox@sha256:${'0'.repeat(64)}`,
    'abcdef',
    '0'.repeat(64),
  ]) {
    await assert.rejects(store.resolve(name), notFound, name);
  }
  for (const name of ['', 'Busybox', '../busybox', 'busybox:']) {
    await assert.rejects(store.resolve(name), { kind: 'invalid', code: 'REFERENCE_INVALID' }, name);
  }
});

test('an id that several images share the start of is ambiguous', needsRoot, async () => {
  using store = new TemporaryStore();
  await store.resolve('busybox');
  using folder = new TemporaryFolder();
  // Other images until two ids begin with the same digit.
  const script = `cp -r "$0" copy; for i in $(seq 17); do umoci config --image copy:busybox:latest --tag t$i --config.env N=$i --no-history; done`;
  execFileSync('sh', ['-euc', script, store.root], { cwd: folder.path });
  const copy = new ImageStore({ root: join(folder.path, 'copy') });
  const ids = await Promise.all(
    Array.from({ length: 16 }, async (_, digit) => {
      return await copy.resolve(`sha256:${digit.toString(16)}`).then(
        () => 'one',
        (error) => error.code,
      );
    }),
  );
  assert.ok(ids.includes('IMAGE_AMBIGUOUS'));
});

test('without a static busybox the error says what to install', async () => {
  for (const [busybox, code] of [
    ['/nonexistent/busybox', 'BUSYBOX_MISSING'],
    ['/bin/ls', 'BUSYBOX_NOT_STATIC'],
  ] as const) {
    using store = new TemporaryStore({ busybox });
    await assert.rejects(store.resolve('busybox'), { code, hint: /apt-get install busybox-static/ });
  }
});

test('many programs that want it at once get the same, and leave nothing half done', needsRoot, async () => {
  using folder = new TemporaryFolder();
  const root = join(folder.path, 'root');
  const runs = Array.from({ length: 6 }, async (_, i) => {
    const child = spawn(process.execPath, program(root, `c${i}`), { stdio: ['ignore', 'pipe', 'pipe'] });
    const [id, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.equal(errors, '');
    return id;
  });
  const ids = new Set(await Promise.all(runs));
  assert.equal(ids.size, 1);
  assert.deepEqual(unfinished(root), []);
  assert.equal(new ContentStore(root).index().manifests.length, 1);
  assert.equal(readdirSync(join(root, 'snapshots/containers')).length, 6);
  assert.equal(readdirSync(join(root, 'blobs/sha256')).length, 3);
});

test('killed at any point, the next one finds or makes a whole image', needsRoot, async () => {
  using folder = new TemporaryFolder();
  const root = join(folder.path, 'root');
  using reference = new TemporaryStore();
  const expected = await reference.resolve('busybox');
  for (let delay = 40; delay < 420; delay += 38) {
    execFileSync('rm', ['-rf', root]);
    const child = spawn(process.execPath, program(root, 'c1'), {
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
    });
    const gone = once(child, 'exit');
    await sleep(delay);
    child.kill('SIGKILL');
    await gone;
    const store = new ImageStore({ root });
    assert.deepEqual(await store.resolve('busybox'), expected, `killed after ${delay} ms`);
    const snapshot = await store.snapshotter.prepare('c2', expected);
    assert.equal(inRoot(snapshot, 'bin/busybox echo whole; ls usr/sbin | wc -l >/dev/null'), 'whole\n');
    assert.deepEqual(unfinished(root), []);
  }
});

test('an ordinary user has images too', needsRoot, async () => {
  using folder = new TemporaryFolder();
  chmodSync(folder.path, 0o755);
  const root = join(folder.path, 'home');
  mkdirSync(root);
  chownSync(root, 65534, 65534);
  const ids = { uid: 65534, gid: 65534 };
  const result = spawnSync(process.execPath, program(root, 'c1'), { ...ids, env: {}, cwd: '/' });
  assert.equal(result.stderr.toString(), '');
  const [layer = ''] = readdirSync(join(root, 'snapshots/layers'));
  const owners = execFileSync('find', ['.', '-printf', '%U:%G\n'], {
    cwd: join(root, 'snapshots/layers', layer),
  }).toString();
  assert.deepEqual([...new Set(owners.trim().split('\n'))], ['65534:65534']);
});

test('a data root that cannot be made is told in one line', needsRoot, () => {
  using folder = new TemporaryFolder();
  writeFileSync(join(folder.path, 'file'), '');
  assert.throws(() => new ImageStore({ root: join(folder.path, 'file/root') }), { code: 'ENOTDIR' });
  assert.throws(() => new ImageStore({ root: '/proc/keelson' }), { code: 'ENOENT' });
  assert.equal(readFileSync(join(folder.path, 'file'), 'utf8'), '');
});
