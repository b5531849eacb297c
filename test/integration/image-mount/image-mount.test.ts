import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { writeTar } from '../../../src/image/tar/tar-writer.ts';
import { type Engine, openEngine } from '../../../src/sdk/index.ts';
import { LeakCheck } from '../../leak-check.ts';
import { Keelson } from '../cli/keelson.ts';
import { imageOf, writeLayout } from '../registry/test-image.ts';

const file = (name: string, content: string, mode = 0o644) =>
  ({ type: 'file', name, content: Buffer.from(content), mode }) as const;
/** Three layers: the second removes a file of the first, the third changes one. */
const layered = imageOf(
  [
    writeTar([file('a', 'old'), file('gone', 'x'), file('tool', 'x', 0o4755)]),
    writeTar([file('.wh.gone', ''), file('b', 'b')]),
    writeTar([file('a', 'new')]),
  ],
  {},
);
const one = imageOf([writeTar([file('f', 'one')])], {});
const IMAGES = { 'layered:1': layered, 'same:1': layered, 'one:1': one, 'none:1': imageOf([], {}) };

let keelson: Keelson;
let engine: Engine;
let check: LeakCheck;
before(async () => {
  keelson = new Keelson();
  writeLayout(keelson.root, IMAGES);
  engine = await openEngine({ root: keelson.root });
  // Files of the store that stay.
  await engine.images.tag('one:1', 'other:1');
  await engine.images.remove('other:1');
  for (const name of Object.keys(IMAGES)) {
    await engine.images.mount(name);
    await engine.images.unmount(name);
  }
  check = new LeakCheck(keelson.root);
});
afterEach(async () => {
  for (const { id } of await engine.images.mounted()) await engine.images.unmount(id, { force: true });
  await check.assertClean();
  for (const folder of ['mounts', 'snapshots/containers']) {
    assert.deepEqual(readdirSync(join(keelson.root, folder)), []);
  }
});
after(async () => {
  await engine[Symbol.asyncDispose]();
  keelson[Symbol.dispose]();
});

const pathOf = async (image: string) => (await engine.images.mount(image)).path;
const unmount = (image: string, force = false) => engine.images.unmount(image, { force });
const idOf = ({ config }: typeof layered) => config.digest;
const mountLine = (path: string) =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[4] === path);

/** Somebody whose working folder it is. */
async function standIn(folder: string): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', 'echo there; exec sleep 100'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout ?? child, 'data');
  return child;
}

describe('a mounted image', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  test('shows what a container would see, and nobody can write or gain rights there', async () => {
    const path = await pathOf('layered:1');
    assert.equal(readFileSync(join(path, 'a'), 'utf8'), 'new');
    assert.deepEqual(readdirSync(path).sort(), ['a', 'b', 'tool']);
    assert.equal(statSync(join(path, 'tool')).mode & 0o7777, 0o4755);
    assert.throws(() => writeFileSync(join(path, 'new'), ''), { code: 'EROFS' });
    assert.match(mountLine(path) ?? '', / ro,nosuid,nodev,/);
  });

  test('of one layer, or of none', async () => {
    const paths = [await pathOf('one:1'), await pathOf('none:1')];
    assert.deepEqual(
      paths.map((path) => readdirSync(path)),
      [['f'], []],
    );
    for (const path of paths) assert.throws(() => mkdirSync(join(path, 'x')), { code: 'EROFS' });
  });

  test('counts: files go with the last mount, whatever name it was mounted by', async () => {
    const path = await pathOf('layered:1');
    assert.equal(await pathOf(idOf(layered).slice(7, 19)), path);
    assert.equal(await pathOf('same:1'), path);
    for (const left of [2, 1, 0]) {
      assert.equal((await unmount('same:1')).count, left);
      assert.equal(existsSync(join(path, 'a')), left > 0);
    }
    await assert.rejects(unmount('layered:1'), { kind: 'not-found', code: 'IMAGE_NOT_MOUNTED' });
    await assert.rejects(engine.images.mount('nope:1'), { code: 'IMAGE_NOT_FOUND' });
  });

  test('goes at once by force', async () => {
    const path = await pathOf('layered:1');
    await pathOf('layered:1');
    assert.equal((await unmount('layered:1', true)).count, 0);
    assert.equal(existsSync(path), false);
  });

  test('that somebody uses stays, unless by force', async () => {
    const path = await pathOf('one:1');
    const child = await standIn(path);
    try {
      await assert.rejects(unmount('one:1'), { kind: 'conflict', code: 'IMAGE_MOUNT_BUSY' });
      assert.equal(readFileSync(join(path, 'f'), 'utf8'), 'one');
      await unmount('one:1', true);
      // Who stands there still sees it.
      assert.equal(readFileSync(`/proc/${child.pid}/cwd/f`, 'utf8'), 'one');
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  test('is removed by nobody', async () => {
    const path = await pathOf('one:1');
    for (const [name, force] of [
      ['one:1', false],
      ['one:1', true],
      [idOf(one), true],
    ] as const) {
      await assert.rejects(engine.images.remove(name, { force }), { code: 'IMAGE_IN_USE', message: /the mount at / });
    }
    await engine.images.prune({ all: true });
    assert.equal(readFileSync(join(path, 'f'), 'utf8'), 'one');
    assert.deepEqual(
      (await engine.images.list()).map(({ name }) => name),
      ['one:1'],
    );
    await unmount('one:1');
    await engine.images.remove('one:1');
    assert.deepEqual(readdirSync(join(keelson.root, 'snapshots/layers')), []);
    writeLayout(keelson.root, IMAGES);
  });

  test('is none any more after a restart of the host', async () => {
    const path = await pathOf('one:1');
    await pathOf('one:1');
    execFileSync('umount', [path]);
    assert.deepEqual(await engine.images.mounted(), []);
    await assert.rejects(unmount('one:1'), { code: 'IMAGE_NOT_MOUNTED' });
    assert.deepEqual(readdirSync(join(keelson.root, 'mounts')), []);
    assert.equal((await engine.images.mount('one:1')).count, 1);
    execFileSync('umount', [path]);
    // Whoever comes next finds out.
    await (await openEngine({ root: keelson.root }))[Symbol.asyncDispose]();
    assert.deepEqual(readdirSync(join(keelson.root, 'mounts')), []);
  });

  test('eight at once count right', async () => {
    const engines = await Promise.all(Array.from({ length: 8 }, () => openEngine({ root: keelson.root })));
    const paths = await Promise.all(engines.map(async (other) => (await other.images.mount('layered:1')).path));
    assert.equal(new Set(paths).size, 1);
    const left = await Promise.all(engines.map(async (other) => (await other.images.unmount('same:1')).count));
    assert.deepEqual(left.sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
    for (const other of engines) await other[Symbol.asyncDispose]();
  });

  test('is shown by one command and taken back by another', async () => {
    const path = (await keelson.output('image', 'mount', 'one:1')).trimEnd();
    assert.equal(readFileSync(join(path, 'f'), 'utf8'), 'one');
    assert.equal(await keelson.output('image', 'mount'), `one:1  ${path}\n`);
    assert.equal(await keelson.output('image', 'umount', 'one:1'), `${idOf(one).slice(7)}\n`);
    assert.equal(existsSync(path), false);
  });
});
