import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isKeelsonError } from '../../../src/base/index.ts';
import type { NewTarEntry } from '../../../src/image/tar/tar-writer.ts';
import { AT_FDCWD, ENODATA, O_RDONLY, Out } from '../../../src/kernel/index.ts';
import { isRoot } from './temporary-store.ts';
import { file, folder, Place, symlink } from './unpack-place.ts';
import { describeTree } from './unpacked-tree.ts';

test('a tree comes out as GNU tar unpacks it', { skip: !isRoot && 'needs root for owners and devices' }, async () => {
  await using place = new Place();
  const source = join(place.folder, 'source');
  const expected = join(place.folder, 'expected');
  const script = `mkdir -p source/usr/bin source/empty source/tmp expected; cd source
    printf a >usr/bin/a; chown 7:8 usr/bin/a; chmod 6755 usr/bin/a; ln usr/bin/a usr/bin/b; ln -s ../bin/a usr/bin/c
    mkdir usr/locked; printf x >usr/locked/x; chmod 0 usr/locked; chmod 1777 tmp; chown -h 3:4 usr/bin/c
    mknod null c 1 3; mknod disk b 259 70000; mkfifo pipe; head -c 1000000 /dev/urandom >usr/large; : >usr/none
    for i in $(seq 700); do printf $i >usr/many-$i; done; touch -h -d @-5.25 usr/bin/c; touch -d @99.125 usr/none empty`;
  execFileSync('sh', ['-euc', script], { cwd: place.folder });
  writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from('fffe200a', 'hex')]), 'bytes');
  const pack = ['--format=posix', '--pax-option=delete=atime,delete=ctime', '--sort=name', '-C', source, '-c', '.'];
  const archive = execFileSync('tar', pack, { maxBuffer: 1 << 24 });
  execFileSync('tar', ['-xp', '--numeric-owner', '--same-owner', '-C', expected], { input: archive });
  await place.unpack(archive);
  assert.deepEqual(describeTree(place.root), describeTree(expected));
  assert.deepEqual(describeTree(place.root), describeTree(source));
});

test('extended attributes are kept, but those that steer overlayfs', { skip: !isRoot && 'needs root' }, async () => {
  await using place = new Place();
  const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
  const xattrs = new Map([
    ['security.capability', capability],
    ['user.note', Buffer.from('x')],
    ['trusted.overlay.redirect', Buffer.from('/etc')],
    ['trusted.overlay.opaque', Buffer.from('y')],
    ['user.overlay.metacopy', Buffer.from('')],
  ]);
  await place.unpack([
    { ...file('f'), xattrs, mode: 0o4755, uid: 1 },
    { ...folder('d'), xattrs: new Map([...xattrs].slice(1)) },
  ]);
  const { kernel } = place.agent;
  for (const path of ['f', 'd']) {
    const fd = await kernel.openat(AT_FDCWD, join(place.root, path), O_RDONLY);
    for (const [name, value] of xattrs) {
      const kept = name === 'user.note' || (name === 'security.capability' && path === 'f');
      const args = [fd, name, new Out(256), 256];
      const found = kernel.issue({ name: 'fgetxattr', args, outByReturn: true, allow: [ENODATA] }, (o) => o);
      assert.deepEqual(
        (await found).value < 0 ? undefined : (await found).bytes,
        kept ? value : undefined,
        `${path} ${name}`,
      );
    }
  }
  await assert.rejects(place.unpack([{ ...file('g'), xattrs: new Map([['user.a', Buffer.alloc(70_000)]]) }]), {
    code: 'LAYER_XATTR',
  });
});

test('nothing is written through a link that leads out', async () => {
  const hostile: Record<string, NewTarEntry[]> = {
    'a link to an absolute folder, then a file through it': [symlink('a', '/OUTSIDE'), file('a/precious', 'changed')],
    'a link upwards, then a file through it': [symlink('a', '../outside'), file('a/precious', 'changed')],
    'a chain of links': [
      symlink('a', '..'),
      symlink('b', 'a'),
      symlink('c', 'b/outside'),
      file('c/precious', 'changed'),
    ],
    'a file over a link': [symlink('precious', '../outside/precious'), file('precious', 'changed')],
    'a hard link to a link, then a file': [
      symlink('a', '../outside/precious'),
      { type: 'hardlink', name: 'b', link: 'a' },
      file('b', 'changed'),
    ],
    'a hard link through a link': [symlink('a', '../outside'), { type: 'hardlink', name: 'b', link: 'a/precious' }],
    'a hard link to an absolute file': [{ type: 'hardlink', name: 'b', link: '/OUTSIDE/precious' }],
    'a folder over a link, with a mode': [symlink('a', '../outside'), { ...folder('a'), mode: 0o777 }, file('a/new')],
    'a folder through a link': [symlink('a', '../outside'), folder('a/new')],
    'a whiteout through a link': [symlink('a', '../outside'), file('a/.wh.precious')],
    'an opaque marker through a link': [symlink('a', '../outside'), file('a/.wh..wh..opq')],
    'a folder that becomes a link': [
      folder('a'),
      file('a/x'),
      symlink('a', '../outside'),
      file('a/precious', 'changed'),
    ],
    'a link to a magic link': [symlink('a', '/proc/self/cwd'), file('a/new')],
  };
  for (const [what, entries] of Object.entries(hostile)) {
    for (const whiteouts of ['mark', 'remove'] as const) {
      await using place = new Place();
      const layer = entries.map((e) => ({ ...e, link: e.link?.replace('OUTSIDE', place.outside.slice(1)) ?? '' }));
      // Refused, or done inside the root, as a chroot would have it; `place` looks at what is outside.
      await place.unpack(layer, whiteouts).catch((error) => {
        assert.ok(isKeelsonError(error), `${what}: ${error}`);
        assert.match(error.code, /^(ENOENT|ENOTDIR|ELOOP|EPERM|LAYER_\w+)$/, what);
      });
    }
  }
});

test('names that lead upwards are refused, absolute ones lie below the root', async () => {
  await using place = new Place();
  for (const name of ['../outside/precious', 'a/../../outside/precious', '..']) {
    await assert.rejects(place.unpack([file(name)]), { code: 'LAYER_PATH' });
  }
  await assert.rejects(place.unpack([{ type: 'hardlink', name: 'x', link: '../outside/precious' }]), {
    code: 'LAYER_PATH',
  });
  await assert.rejects(place.unpack([file('.')]), { code: 'LAYER_ROOT' });
  await place.unpack([file('/etc/x')]);
  assert.equal(place.read('etc/x'), '/etc/x');
});

test('links inside the root are followed there', async () => {
  await using place = new Place();
  await place.unpack([
    folder('usr'),
    folder('usr/lib'),
    symlink('lib', 'usr/lib'),
    symlink('abs', '/usr'),
    file('lib/a'),
    file('abs/lib/b'),
  ]);
  assert.deepEqual(readdirSync(join(place.root, 'usr/lib')), ['a', 'b']);
  await assert.rejects(place.unpack([symlink('gone', 'nowhere'), file('gone/x')]), { code: 'ENOENT' });
});

test('the last of several entries of a name counts', async () => {
  await using place = new Place();
  await place.unpack([
    file('a', 'one'),
    file('a', 'two'),
    folder('b'),
    file('b/c/d'),
    file('b', 'file'),
    file('c'),
    folder('c'),
    file('c/x'),
  ]);
  assert.equal(place.read('a'), 'two');
  assert.equal(place.read('b'), 'file');
  assert.deepEqual(readdirSync(join(place.root, 'c')), ['x']);
  await place.unpack(
    [{ type: 'fifo', name: 'a' }, symlink('c', 'a'), { ...folder('e'), mode: 0 }, file('e/f')],
    'remove',
  );
  assert.ok(lstatSync(join(place.root, 'c')).isSymbolicLink());
  assert.ok(lstatSync(join(place.root, 'a')).isFIFO());
});

test('the last entry counts too where links give a file several paths', async () => {
  await using place = new Place();
  const real = [folder('real'), symlink('link', 'real')];
  const chain: NewTarEntry[] = [symlink('first', 'real'), { type: 'hardlink', name: 'second', link: 'first' }];
  const cases: NewTarEntry[][] = [
    [...real, file('real/x', 'one'), file('link/x', 'two')],
    [...real, file('link/x', 'one'), file('real/x', 'two')],
    [folder('real'), ...chain, file('real/x', 'one'), file('second/x', 'two')],
    [folder('real'), ...chain, file('second/x', 'one'), file('real/x', 'two')],
    [folder('real'), folder('was'), file('was/y'), file('real/x', 'one'), symlink('was', 'real'), file('was/x', 'two')],
    [file('real/x', 'one'), symlink('link', './link/../real'), symlink('link', 'real'), file('link/x', 'two')],
  ];
  for (const [i, entries] of cases.entries()) {
    const moved = entries.map((entry) => ({
      ...entry,
      name: `${i}/${entry.name}`,
      ...(entry.type === 'hardlink' && { link: `${i}/${entry.link}` }),
    }));
    await place.unpack(moved);
    assert.equal(place.read(`${i}/real/x`), 'two', `case ${i}`);
  }
});

test('new files are as the archive says where folders give theirs away', {
  skip: !isRoot && 'needs root',
}, async () => {
  await using place = new Place();
  const mine = { uid: 0, gid: 0 };
  await place.unpack([
    { ...folder('d'), mode: 0o2775, uid: 7, gid: 8 },
    { ...file('d/f'), ...mine },
    { ...folder('d/e'), ...mine },
    { ...symlink('d/l', 'f'), ...mine },
    { ...file('d/g'), uid: 7, gid: 0 },
  ]);
  const owners = ['d', 'd/f', 'd/e', 'd/l', 'd/g'].map((path) => {
    const { uid, gid, mode } = lstatSync(join(place.root, path));
    return `${uid}:${gid} ${(mode & 0o7000).toString(8)}`;
  });
  assert.deepEqual(owners, ['7:8 2000', '0:0 0', '0:0 0', '0:0 0', '7:0 0']);
});

test('a folder that no entry describes is as in the layers below', { skip: !isRoot && 'needs root' }, async () => {
  await using place = new Place();
  const [upper, lower] = [join(place.folder, 'upper'), join(place.folder, 'lower')];
  execFileSync(
    'sh',
    [
      '-euc',
      `mkdir -p upper lower/tmp/a lower/z; chmod 1777 lower/tmp; chown 5:6 lower/tmp/a
    touch -d @1000 lower/tmp lower/tmp/a; touch upper/z`,
    ],
    { cwd: place.folder },
  );
  await place.unpack([file('tmp/a/f'), file('new/f'), file('z/f')], 'mark', [upper, lower]);
  const tmp = statSync(join(place.root, 'tmp'));
  const a = statSync(join(place.root, 'tmp/a'));
  assert.deepEqual([tmp.mode & 0o7777, tmp.mtimeMs, a.uid, a.gid, a.mtimeMs], [0o1777, 1_000_000, 5, 6, 1_000_000]);
  assert.equal(statSync(join(place.root, 'new')).mode & 0o7777, 0o755);
});

test('removed files hide those of the layers below, in overlay form', {
  skip: !isRoot && 'needs root to mount',
}, async () => {
  await using place = new Place();
  const lower = join(place.folder, 'lower');
  execFileSync(
    'sh',
    [
      '-euc',
      `mkdir -p lower/d/sub lower/gone lower/again lower/o/p; cd lower
    touch a b d/x d/sub/y gone/z again/old o/q o/p/r`,
    ],
    { cwd: place.folder },
  );
  const layer = [
    file('.wh.a'),
    file('.wh.gone'),
    file('.wh.again'),
    folder('again'),
    file('again/new'),
    file('.wh.never'),
    file('d/.wh.sub'),
    file('d/new'),
    folder('o'),
    file('o/.wh..wh..opq'),
    file('o/only'),
    file('b', 'changed'),
    file('.wh.b'),
  ];
  const expected = ['again', 'again/new', 'b', 'd', 'd/new', 'd/x', 'o', 'o/only'];
  await place.unpack(layer, 'mark', [lower]);
  const list =
    'mount -t overlay none -o lowerdir=root:lower lower && cd lower && find . -mindepth 1 -printf "%P\\n" | sort && cat b';
  const merged = execFileSync('unshare', ['-m', 'sh', '-euc', list], { cwd: place.folder }).toString();
  assert.equal(merged, `${expected.join('\n')}\nchanged`);
});

test('removed files are removed where layers lie in one folder', async () => {
  await using place = new Place();
  execFileSync(
    'sh',
    ['-euc', `mkdir -p d/sub gone again o/p full/deep; touch a b d/x d/sub/y gone/z again/old o/q o/p/r full/deep/f`],
    { cwd: place.root },
  );
  const layer = [
    file('.wh.a'),
    file('.wh.gone'),
    file('.wh.again'),
    folder('again'),
    file('again/new'),
    file('.wh.never'),
    file('d/.wh.sub'),
    file('d/new'),
    folder('o'),
    file('o/only'),
    file('o/.wh..wh..opq'),
    file('b', 'changed'),
    file('.wh.b'),
    symlink('full', 'd'),
  ];
  await place.unpack(layer, 'remove');
  const found = execFileSync('find', ['.', '-mindepth', '1', '-printf', '%P\n'], { cwd: place.root })
    .toString()
    .trim()
    .split('\n')
    .sort();
  assert.deepEqual(found, ['again', 'again/new', 'b', 'd', 'd/new', 'd/x', 'full', 'o', 'o/only']);
  assert.equal(statSync(join(place.root, 'o')).mode & 0o777, 0o755);
});

test('a very deep tree costs no descriptors, and goes again', async () => {
  await using place = new Place();
  const deep = 'd/'.repeat(1100);
  await place.unpack([file(`${deep}f`)]);
  assert.ok(existsSync(join(place.root, deep, 'f')));
  await place.unpack([file('.wh.d')], 'remove');
  assert.deepEqual(readdirSync(place.root), []);
});

test('six thousand entries in order and out of order', async () => {
  await using place = new Place();
  const entries = Array.from({ length: 6000 }, (_, i) => file(`d${(i * 7) % 50}/e${i % 3}/f${i}`, `${i}`));
  await place.unpack(entries);
  for (const i of [0, 1, 3333, 5999]) assert.equal(place.read(`d${(i * 7) % 50}/e${i % 3}/f${i}`), `${i}`);
  const count = execFileSync('find', ['.', '-type', 'f'], { cwd: place.root }).toString().trim().split('\n').length;
  assert.equal(count, 6000);
});

test('a full disk is told as such', { skip: !isRoot && 'needs root to mount' }, async () => {
  await using place = new Place();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', place.root]);
  try {
    const large = { ...file('large'), content: Buffer.alloc(1 << 20, 1) };
    await assert.rejects(
      place.unpack([file('a'), large]),
      (error) => isKeelsonError(error, 'exhausted') && error.code === 'ENOSPC',
    );
  } finally {
    await place.agent.stop();
    execFileSync('umount', [place.root]);
  }
});
