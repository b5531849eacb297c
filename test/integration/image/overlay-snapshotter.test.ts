import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ContentStore } from '../../../src/image/content/content-store.ts';
import type { Snapshot } from '../../../src/image/index.ts';
import { OverlaySnapshotter } from '../../../src/image/snapshot/overlay-snapshotter.ts';
import { type Agent, startAgent } from '../../../src/kernel/index.ts';
import { addLayers, inRoot, LAYERS, testSnapshotter } from './snapshotter-contract.ts';
import { isRoot, TemporaryFolder, TemporaryStore } from './temporary-store.ts';

testSnapshotter('overlay', (folder, context) => new OverlaySnapshotter({ folder, hidden: folder, ...context }));

const needsRoot = { skip: !isRoot && 'needs root to mount' };

function upperOf(snapshot: Snapshot): string {
  return snapshot.kind === 'overlay' ? snapshot.upper : assert.fail();
}

test('any folder can be under a container, and is not written to', needsRoot, async () => {
  using store = new TemporaryStore();
  using folder = new TemporaryFolder();
  execFileSync('sh', ['-euc', 'mkdir d; echo old >d/f; chmod 711 .; chown 5:6 .'], { cwd: folder.path });
  symlinkSync(folder.path, join(folder.path, '..', 'keelson-image-link'));
  try {
    const link = join(folder.path, '..', 'keelson-image-link');
    const snapshot = await store.snapshotter.prepare('c1', { folder: link });
    const seen = inRoot(snapshot, 'stat -c "%a %u %g" .; cat d/f; echo new >d/f; rm -r d; echo x >y; ls');
    assert.equal(seen, '711 5 6\nold\ny\n');
    assert.equal(execFileSync('cat', ['d/f'], { cwd: folder.path }).toString(), 'old\n');
  } finally {
    execFileSync('rm', [join(folder.path, '..', 'keelson-image-link')]);
  }
});

test('a root that is missing, a file or a FIFO is told', async () => {
  using store = new TemporaryStore();
  using folder = new TemporaryFolder();
  const { path } = folder;
  execFileSync('sh', ['-euc', 'mkfifo pipe; echo >file; ln -s nowhere dangling; ln -s loop loop'], { cwd: path });
  const prepare = (name: string) => store.snapshotter.prepare('c1', { folder: join(path, name) });
  for (const name of ['none', 'none/x', 'file/x', 'dangling']) {
    await assert.rejects(prepare(name), { kind: 'not-found', code: 'ROOTFS_MISSING' }, name);
  }
  for (const name of ['file', 'pipe'])
    await assert.rejects(prepare(name), { kind: 'invalid', code: 'ROOTFS_NOT_FOLDER' });
  await assert.rejects(prepare('loop'), { code: 'ELOOP' });
  assert.deepEqual(readdirSync(join(store.root, 'snapshots')), []);
});

test("the host's own root can be under a container, which does not see the data root", needsRoot, async () => {
  // On the file system of the root, wherever temporary files go.
  using store = new TemporaryStore({ below: '/var/tmp' });
  const snapshot = await store.snapshotter.prepare('c1', { folder: '/' });
  const root = realpathSync(store.root).slice(1);
  const parent = join(root, '..');
  const attributes = `stat -c '%a %u %g %Y' ${parent} ${parent}/..`;
  const outside = execFileSync('sh', ['-c', `cd /; ${attributes}`]).toString();
  // The kernel's answer to a look into an overlay's own upper folder is ELOOP, which find would tell.
  const script = `${attributes}; test ! -e ${root}; find ${parent} >/dev/null; echo x >etc/keelson-was-here; test -s etc/passwd
    mkdir ${root}; ls -A ${root}; rm -r ${root}; test -z "$(ls -A proc)"`;
  assert.equal(inRoot(snapshot, script), outside);
  assert.ok(!existsSync('/etc/keelson-was-here') && existsSync(join(upperOf(snapshot), 'etc/keelson-was-here')));
  await store.snapshotter.prepare('c2', { folder: '/' });
  await store.snapshotter.remove('c1');
  await store.snapshotter.remove('c2');
  assert.deepEqual(readdirSync(join(store.root, 'snapshots')).sort(), ['containers', 'whiteout']);
});

test('a folder of the data root itself can be under a container', needsRoot, async () => {
  using store = new TemporaryStore();
  mkdirSync(join(store.root, 'volume'));
  writeFileSync(join(store.root, 'volume/f'), 'x');
  const snapshot = await store.snapshotter.prepare('c1', { folder: join(store.root, 'volume') });
  assert.equal(inRoot(snapshot, 'ls'), 'f\n');
});

test('containers can write to a tmpfs while the rest lies on the disk', needsRoot, async () => {
  using content = new TemporaryStore();
  using scratch = new TemporaryFolder('/dev/shm');
  const folder = join(content.root, 'snapshots');
  const { layers } = await content.resolve('busybox');
  await content.snapshotter.prepare('c0', { layers });
  const store = { startAgent: () => assert.fail('nothing is to be unpacked'), privileged: true };
  const options = { folder, hidden: content.root, scratch: scratch.path };
  const snapshotter = new OverlaySnapshotter({ ...options, ...store, store: null as never });
  const snapshot = await snapshotter.prepare('c1', { layers });
  assert.ok(upperOf(snapshot).startsWith(scratch.path));
  assert.equal(inRoot(snapshot, 'mkdir new; rm etc/passwd; ls etc'), 'group\nhostname\nhosts\nresolv.conf\n');
});

test('what was being unpacked when a process was killed is swept away', needsRoot, async () => {
  using store = new TemporaryStore();
  const layers = join(store.root, 'snapshots/layers');
  mkdirSync(join(layers, 'draft-4194305-1/deep/er'), { recursive: true });
  mkdirSync(join(layers, 'draft-4194305-2'));
  const held = spawnSync('sh', [
    '-c',
    `exec 9<"$0"; flock 9; "$1" --input-type=module -e "$2"`,
    join(layers, 'draft-4194305-2'),
    process.execPath,
    `
    import { ImageStore } from ${JSON.stringify(new URL('../../../src/image/index.ts', import.meta.url).pathname)};
    const store = new ImageStore({ root: ${JSON.stringify(store.root)} });
    await store.snapshotter.prepare('c1', await store.resolve('busybox'));`,
  ]);
  assert.equal(held.status, 0, held.stderr.toString());
  const left = readdirSync(layers);
  assert.equal(left.length, 2);
  assert.ok(left.includes('draft-4194305-2'), 'somebody holds its lock');
});

test('an agent unpacks one layer after the other, keeps nothing of them open, and goes with the last', async () => {
  using folder = new TemporaryFolder();
  const store = new ContentStore(folder.path);
  await using left = new AsyncDisposableStack();
  const agents: Agent[] = [];
  const start = () => {
    const agent = left.use(startAgent({ stdio: ['ignore', 'ignore', 'ignore'] }));
    agents.push(agent);
    return agent;
  };
  const context = { store, startAgent: start, privileged: isRoot };
  const snapshotter = new OverlaySnapshotter({ folder: folder.path, hidden: folder.path, ...context });
  const [lowest, middle, top] = await addLayers(store, LAYERS);
  if (!lowest || !middle || !top) return assert.fail();
  const receive = (layer: typeof top) => snapshotter.receive(layer, store.read(layer.blob));
  const waiting = await receive(top);
  const open: number[] = [];
  for (const [layer, below] of [
    [lowest, []],
    [middle, [lowest]],
  ] as const) {
    await (await receive(layer)).publish(below);
    open.push(readdirSync(`/proc/${agents[1]?.pid}/fd`).length);
  }
  assert.equal(agents.length, 2);
  assert.equal(open[0], open[1]);
  await waiting.publish([lowest, middle]);
  await Promise.all(agents.map(({ kernel }) => kernel.closed));
  assert.deepEqual(
    snapshotter.folders([lowest, middle, top]).filter((path) => !existsSync(path)),
    [],
  );

  const wrong = { ...top, diffId: lowest.diffId, chainId: `sha256:${'0'.repeat(64)}` };
  const first = await receive({ ...lowest, chainId: `sha256:${'1'.repeat(64)}` });
  await assert.rejects(receive(wrong), { code: 'CONTENT_DAMAGED' });
  await first.discard();
  await Promise.all(agents.map(({ kernel }) => kernel.closed));
  assert.equal(agents.length, 4);
});
