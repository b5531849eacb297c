import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isKeelsonError } from '../../../src/base/index.ts';
import type { ImageStore } from '../../../src/image/index.ts';
import { TarParser } from '../../../src/image/tar/tar-parser.ts';
import { writeTar } from '../../../src/image/tar/tar-writer.ts';
import { isRoot, TemporaryFolder, TemporaryStore } from './temporary-store.ts';
import { describeTree } from './unpacked-tree.ts';

const needsRoot = { skip: !isRoot && 'needs root for owners and devices' };
const NAME = 'example.org/team/odd:1.2';

/** A file system with everything that an archive records. */
function makeTree(folder: string): string {
  const script = `mkdir -p t/usr/bin t/etc t/empty t/tmp; cd t
    printf a >usr/bin/a; chown 7:8 usr/bin/a; chmod 6755 usr/bin/a; ln usr/bin/a usr/bin/b; ln -s ../bin/a usr/bin/c
    chmod 1777 tmp; chown -h 3:4 usr/bin/c; mknod null c 1 3; mkfifo pipe; head -c 300000 /dev/urandom >usr/large
    setcap cap_net_raw+ep usr/large
    touch -d @99.125 empty; printf x >"$(printf 'etc/\\377\\376')"; tar --xattrs --xattrs-include='*' --format=posix -cf ../t.tar .`;
  execFileSync('sh', ['-euc', script], { cwd: folder });
  return join(folder, 't.tar');
}

/** Everything of a tree that an archive records, capabilities too. */
function describe(root: string): string[] {
  const capabilities = execFileSync('getcap', ['-r', '.'], { cwd: root }).toString().trim();
  return [...describeTree(root), capabilities];
}

let world: TemporaryFolder;
let store: TemporaryStore;
let expected: string[];

async function treeOf(images: ImageStore, name: string): Promise<string[]> {
  const { folders } = await images.inspect(name);
  return describe(folders[0] ?? assert.fail('it is not unpacked'));
}

before(async () => {
  if (!isRoot) return;
  world = new TemporaryFolder();
  store = new TemporaryStore();
  const changes = ['CMD ["/usr/bin/a"]', 'ENV A=b', 'EXPOSE 80', 'VOLUME /data', 'LABEL a="b c"', 'USER 7'];
  await store.import(createReadStream(makeTree(world.path)), { name: NAME, changes, message: 'odd' });
  expected = await treeOf(store, NAME);
  await writeFile(join(world.path, 'saved.tar'), store.save([NAME]));
});

after(() => {
  world?.[Symbol.dispose]();
  store?.[Symbol.dispose]();
});

const skopeo = (from: string, to: string) =>
  execFileSync('skopeo', ['copy', '--quiet', '--insecure-policy', from, to], { cwd: world.path });

test('what is imported is as GNU tar unpacks it', needsRoot, () => {
  assert.match(expected.at(-1) ?? '', /usr\/large cap_net_raw=ep/);
  assert.deepEqual(expected, describe(join(world.path, 't')));
});

/** The extended attributes of entries that have some. */
async function attributesIn(archive: AsyncIterable<Buffer>): Promise<Record<string, Record<string, string>>> {
  const found: Record<string, Record<string, string>> = {};
  const parser = new TarParser();
  for await (const chunk of archive) {
    for (const part of parser.push(chunk)) {
      if (part.kind !== 'entry' || part.entry.xattrs.size === 0) continue;
      const values = [...part.entry.xattrs].map(([key, value]) => [key, value.toString('latin1')]);
      found[part.entry.name.replace(/^\.?\//, '').replace(/\/$/, '')] = Object.fromEntries(values);
    }
  }
  return found;
}

test('attributes of links, devices and FIFOs are kept as GNU tar has them', needsRoot, async () => {
  const xattrs = new Map([['trusted.note', Buffer.from('a\0\xff', 'latin1')]]);
  const more = new Map([...xattrs, ['user.never', Buffer.from('x')], ['trusted.overlay.redirect', Buffer.from('/')]]);
  const archive = writeTar([
    { type: 'folder', name: 'd', xattrs },
    { type: 'file', name: 'd/f', content: Buffer.from('f'), xattrs },
    { type: 'symlink', name: 'd/l', link: 'f', xattrs: more },
    { type: 'symlink', name: 'd/nowhere', link: '/none', xattrs },
    { type: 'fifo', name: 'd/p', xattrs: more },
    { type: 'character', name: 'd/c', deviceMajor: 1, deviceMinor: 3, xattrs },
    { type: 'block', name: 'd/b', deviceMajor: 7, deviceMinor: 99, xattrs },
  ]);
  await store.import(
    (async function* () {
      yield archive;
    })(),
    { name: 'noted:1' },
  );
  const { folders } = await store.inspect('noted:1');
  const all = ['--xattrs', '--xattrs-include=*', '--format=posix'];
  const theirs = execFileSync('tar', ['-C', folders[0] ?? '', ...all, '-c', 'd']);
  const wanted = Object.fromEntries(
    ['d', 'd/b', 'd/c', 'd/f', 'd/l', 'd/nowhere', 'd/p'].map((name) => [name, { 'trusted.note': 'a\0\xff' }]),
  );
  assert.deepEqual(
    await attributesIn(
      (async function* () {
        yield theirs;
      })(),
    ),
    wanted,
  );
  assert.deepEqual(await attributesIn(store.export({ lower: folders })), wanted);
  await store.remove('noted:1', { userOf: () => undefined });
});

test('skopeo reads both forms, and umoci unpacks the same tree', needsRoot, () => {
  for (const from of [`docker-archive:saved.tar:${NAME}`, 'oci-archive:saved.tar:1.2']) {
    const layout = `layout-${from.slice(0, 3)}`;
    skopeo(from, `oci:${layout}:x`);
    execFileSync('umoci', ['unpack', '--image', `${layout}:x`, `bundle-${layout}`], { cwd: world.path, stdio: 'pipe' });
    assert.deepEqual(describe(join(world.path, `bundle-${layout}`, 'rootfs')), expected, from);
    const config = JSON.parse(
      execFileSync('skopeo', ['inspect', '--config', `oci:${layout}:x`], { cwd: world.path }).toString(),
    );
    assert.deepEqual([config.config.Cmd, config.config.Env, config.config.User], [['/usr/bin/a'], ['A=b'], '7']);
  }
});

test('what skopeo writes is loaded: archives of both kinds and a folder', needsRoot, async () => {
  const { id } = await store.inspect(NAME);
  const forms: [to: string, source: string][] = [
    [`docker-archive:docker.tar:${NAME}`, 'docker.tar'],
    [`oci-archive:oci.tar:${NAME}`, 'oci.tar'],
    [`oci:folder:${NAME}`, 'folder'],
  ];
  for (const [to, name] of forms) {
    skopeo(`oci:${store.root}:${NAME}`, to);
    using other = new TemporaryStore();
    const path = join(world.path, name);
    const loaded = await other.load(statSync(path).isDirectory() ? { folder: path } : createReadStream(path));
    assert.deepEqual(loaded, [{ id, names: [NAME] }], to);
    assert.deepEqual(await treeOf(other, NAME), expected, to);
    assert.deepEqual(readdirSync(join(other.root, 'tmp')), []);
  }
});

test('what is saved is loaded as the same image, compressed or not', needsRoot, async () => {
  const { id } = await store.inspect(NAME);
  execFileSync('sh', ['-euc', 'gzip -k saved.tar; zstd -q saved.tar'], { cwd: world.path });
  for (const name of ['saved.tar', 'saved.tar.gz', 'saved.tar.zst']) {
    using other = new TemporaryStore();
    assert.deepEqual(await other.load(createReadStream(join(world.path, name))), [{ id, names: [NAME] }]);
    assert.deepEqual(await treeOf(other, NAME), expected, name);
    assert.equal((await other.resolve(NAME)).manifest.digest, (await store.resolve(NAME)).manifest.digest);
  }
});

test('podman loads it, and what podman saves is loaded', needsRoot, async () => {
  const podman = (...args: string[]) =>
    execFileSync(
      'podman',
      [
        '--root',
        join(world.path, 'p/root'),
        '--runroot',
        join(world.path, 'p/run'),
        '--storage-driver',
        'vfs',
        ...args,
      ],
      {
        cwd: world.path,
        stdio: 'pipe',
      },
    ).toString();
  assert.match(podman('load', '-i', 'saved.tar'), /example\.org\/team\/odd:1\.2/);
  for (const format of ['docker-archive', 'oci-archive']) {
    podman('save', '-q', '--format', format, '-o', `${format}.tar`, NAME);
    using other = new TemporaryStore();
    const [loaded] = await other.load(createReadStream(join(world.path, `${format}.tar`)));
    assert.deepEqual(loaded?.names, [NAME], format);
    assert.deepEqual(await treeOf(other, NAME), expected, format);
  }
});

test('an archive that is none, cut off or damaged leaves nothing', needsRoot, async () => {
  const whole = execFileSync('cat', ['saved.tar'], { cwd: world.path, maxBuffer: 1 << 24 });
  const damaged = Buffer.from(whole);
  damaged[Math.floor(whole.length / 2)] = (damaged[Math.floor(whole.length / 2)] ?? 0) ^ 1;
  const cases: [string, Buffer][] = [
    ['ARCHIVE_INVALID', writeTar([{ type: 'file', name: 'hello', content: Buffer.from('x') }])],
    [
      'ARCHIVE_INVALID',
      writeTar([{ type: 'file', name: 'manifest.json', content: Buffer.from('[{"Config":"../x","Layers":[]}]') }]),
    ],
    ['TAR_INVALID', whole.subarray(0, whole.length / 2)],
    ['ARCHIVE_INVALID', damaged],
    ['ARCHIVE_COMPRESSION', Buffer.from('BZh91AY&SY')],
  ];
  for (const [code, bytes] of cases) {
    using other = new TemporaryStore();
    const chunks = async function* () {
      for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000);
    };
    await assert.rejects(other.load(chunks()), (error) => isKeelsonError(error) && error.code === code, code);
    assert.deepEqual(other.list(), []);
    assert.deepEqual(readdirSync(join(other.root, 'tmp')), [], code);
  }
});

test('prune removes what has no name, and its layers; what is used stays', needsRoot, async () => {
  using other = new TemporaryStore();
  const load = () => other.load(createReadStream(join(world.path, 'saved.tar')));
  await load();
  const { id } = await other.inspect(NAME);
  const everything = { all: true, matches: () => true };
  assert.deepEqual(await other.prune({ ...everything, isUsed: () => true }), { untagged: [], deleted: [], bytes: 0 });
  const pruned = await other.prune({ ...everything, isUsed: () => false });
  assert.deepEqual([pruned.untagged, pruned.deleted], [[NAME], [id]]);
  assert.ok(pruned.bytes > 600_000, `${pruned.bytes}: the blob and the folder`);
  assert.deepEqual(readdirSync(join(other.root, 'blobs/sha256')), []);
  assert.deepEqual(readdirSync(join(other.root, 'snapshots/layers')), []);
  await load();
  assert.deepEqual(await treeOf(other, NAME), expected);
});

test('killed at any point of a load there is the whole image or none, and the next load works', needsRoot, async () => {
  const door = new URL('../../../src/image/index.ts', import.meta.url).pathname;
  const program = `
    import { createReadStream } from 'node:fs';
    import { ImageStore } from ${JSON.stringify(door)};
    const [, root, archive] = process.argv;
    await new ImageStore({ root }).load(createReadStream(archive));`;
  const archive = join(world.path, 'saved.tar');
  for (let delay = 60; delay <= 420; delay += 60) {
    using other = new TemporaryStore();
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, other.root, archive], {
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await sleep(delay);
    child.kill('SIGKILL');
    await ended;
    for (const { name } of other.list())
      assert.deepEqual(await treeOf(other, name), expected, `killed after ${delay} ms`);
    await other.load(createReadStream(archive));
    assert.deepEqual(await treeOf(other, NAME), expected, `killed after ${delay} ms`);
    assert.deepEqual(readdirSync(join(other.root, 'tmp')), []);
    assert.equal(readdirSync(join(other.root, 'snapshots/layers')).length, 1);
  }
});
