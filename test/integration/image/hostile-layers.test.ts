import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isKeelsonError } from '../../../src/base/index.ts';
import { ContentStore } from '../../../src/image/content/content-store.ts';
import type { NewTarEntry } from '../../../src/image/tar/tar-writer.ts';
import { writeTar } from '../../../src/image/tar/tar-writer.ts';
import { startAgent } from '../../../src/kernel/index.ts';
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../../src/spec/index.ts';
import { isRoot } from './temporary-store.ts';
import { file, folder, Place, symlink } from './unpack-place.ts';

/** One hostile layer over a harmless one. */
interface Case {
  what: string;
  below?: NewTarEntry[];
  layer: NewTarEntry[] | Buffer;
  /** The code of our error. */
  refused?: string;
  /** `PATH TYPE LINK` each, sorted. */
  tree?: string[];
  /** What umoci makes of it: the same tree, an error, anything, or something else, for a reason. */
  umoci: 'same' | 'refuses' | 'accepts' | { differs: string };
}

const hardlink = (name: string, link: string): NewTarEntry => ({ type: 'hardlink', name, link });
const long = 'n'.repeat(255);

/** Forged: what `writeTar` would never write; a header's field at `at`, with the checksum made right again. */
function forged(entry: NewTarEntry, at: number, bytes: Buffer): Buffer {
  const archive = writeTar([entry]);
  bytes.copy(archive, at);
  archive.write('        ', 148, 'latin1');
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return archive;
}

/** An entry with PAX records of one's own in front. */
function withRecords(records: string, entry: NewTarEntry): Buffer {
  const header = forged(
    { type: 'file', name: 'PaxHeaders', content: Buffer.from(records, 'latin1') },
    156,
    Buffer.from('x'),
  );
  return Buffer.concat([header.subarray(0, header.length - 1024), writeTar([entry])]);
}

/** `LENGTH KEY=VALUE`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = [1, 2, 3, 4].map((digits) => rest.length + digits).find((l) => String(l).length === l - rest.length);
  return `${length}${rest}`;
}

const CASES: Case[] = [
  { what: 'an absolute name', layer: [file('/a/f', 'x')], tree: ['a d', 'a/f f'], umoci: 'same' },
  {
    what: 'a name that leads upwards',
    layer: [file('../outside/precious', 'x')],
    refused: 'LAYER_PATH',
    umoci: { differs: 'cuts the name at its root' },
  },
  {
    what: 'a name that leads upwards and back',
    layer: [file('a/../../root/f', 'x')],
    refused: 'LAYER_PATH',
    umoci: { differs: 'cuts the name at its root' },
  },
  {
    what: 'a link, and a write through it',
    layer: [symlink('a', '../outside'), file('a/precious', 'x')],
    refused: 'ENOENT',
    umoci: { differs: 'makes the folder that the link leads to' },
  },
  {
    what: 'an absolute link, and a write through it',
    layer: [folder('t'), symlink('a', '/t'), file('a/f', 'x')],
    tree: ['a l /t', 't d', 't/f f'],
    umoci: 'same',
  },
  {
    what: 'a chain of links with a hard link',
    layer: [folder('t'), file('t/f'), symlink('a', '/t'), symlink('b', 'a'), hardlink('h', 'b/f')],
    tree: ['a l /t', 'b l a', 'h f', 't d', 't/f f'],
    umoci: 'same',
  },
  {
    what: 'a chain of links that leads out, with a hard link',
    layer: [symlink('a', '..'), symlink('b', 'a/outside'), hardlink('h', 'b/precious')],
    refused: 'ENOENT',
    umoci: 'refuses',
  },
  {
    what: 'a hard link to what is outside',
    layer: [hardlink('h', '../outside/precious')],
    refused: 'LAYER_PATH',
    umoci: 'refuses',
  },
  {
    what: 'a hard link to an absolute path outside',
    layer: [hardlink('h', '/OUTSIDE/precious')],
    refused: 'ENOENT',
    umoci: 'refuses',
  },
  {
    what: 'a hard link to a link, then a write',
    layer: [symlink('s', '../outside/precious'), hardlink('h', 's'), file('h', 'x')],
    tree: ['h f', 's l ../outside/precious'],
    umoci: 'same',
  },
  { what: 'a link over itself', layer: [symlink('a', 'a'), file('a/f', 'x')], refused: 'ELOOP', umoci: 'refuses' },
  { what: 'a whiteout of nothing', layer: [file('.wh.', '')], refused: 'LAYER_WHITEOUT', umoci: 'refuses' },
  {
    what: 'a whiteout of .',
    layer: [file('a/.wh..', '')],
    refused: 'LAYER_WHITEOUT',
    umoci: 'accepts',
  },
  {
    what: 'a whiteout of ..',
    layer: [file('a/.wh...', '')],
    refused: 'LAYER_WHITEOUT',
    umoci: { differs: 'removes the whole root' },
  },
  {
    what: 'a whiteout below a linked folder',
    below: [folder('t'), file('t/gone'), symlink('a', 't')],
    layer: [file('a/.wh.gone', '')],
    tree: ['a d', 't d', 't/gone f'],
    umoci: { differs: 'follows the link, as containerd; Docker and Podman do not' },
  },
  {
    what: 'a whiteout below a folder that leads out',
    below: [symlink('a', '../outside')],
    layer: [file('a/.wh.precious', '')],
    tree: ['a d'],
    umoci: { differs: 'leaves the link' },
  },
  {
    what: 'a file below a link of the layer below',
    below: [folder('t'), symlink('a', 't')],
    layer: [file('a/f', 'x')],
    tree: ['a d', 'a/f f', 't d'],
    umoci: { differs: 'follows the link, as containerd; Docker and Podman do not' },
  },
  {
    what: 'an opaque root',
    below: [folder('d'), file('d/f'), file('g')],
    layer: [file('.wh..wh..opq', ''), file('new')],
    tree: ['new f'],
    umoci: 'same',
  },
  {
    what: 'devices',
    layer: [
      { type: 'character', name: 'null', deviceMajor: 1, deviceMinor: 3, mode: 0o666 },
      { type: 'block', name: 'disk', deviceMajor: 8, deviceMinor: 1, mode: 0o600 },
    ],
    tree: ['disk b', 'null c'],
    umoci: 'same',
  },
  {
    what: 'a device that overlayfs takes for a whiteout',
    below: [file('f')],
    layer: [{ type: 'character', name: 'f', mode: 0o600 }],
    tree: [],
    umoci: { differs: 'makes the device' },
  },
  {
    what: 'a FIFO over a file',
    below: [file('f'), folder('d')],
    layer: [
      { type: 'fifo', name: 'f' },
      { type: 'fifo', name: 'd' },
    ],
    tree: ['d p', 'f p'],
    umoci: 'same',
  },
  {
    what: 'a file over a FIFO',
    below: [{ type: 'fifo', name: 'f' }],
    layer: [file('f', 'x')],
    tree: ['f f'],
    umoci: 'same',
  },
  {
    what: 'one name several times',
    layer: [file('a', '1'), folder('a'), file('a/f'), symlink('a', 'b'), file('a', '22')],
    tree: ['a f'],
    umoci: 'same',
  },
  {
    what: 'names that differ in case alone',
    layer: [file('a', '1'), file('A', '2'), folder('D'), folder('d'), file('d/f')],
    tree: ['A f', 'D d', 'a f', 'd d', 'd/f f'],
    umoci: 'same',
  },
  {
    what: 'a name of 255 bytes',
    layer: [file(`${long}/${long}/${long}`, 'x')],
    tree: [`${long} d`, `${long}/${long} d`, `${long}/${long}/${long} f`],
    umoci: 'same',
  },
  { what: 'a name of 256 bytes', layer: [file(`${long}n`, 'x')], refused: 'LAYER_PATH', umoci: 'refuses' },
  {
    what: 'setuid, setgid and sticky',
    layer: [
      { ...file('s', 'x'), mode: 0o6755, uid: 7, gid: 8 },
      { ...folder('t'), mode: 0o3777, gid: 9 },
    ],
    tree: ['s f', 't d'],
    umoci: 'same',
  },
  {
    what: 'a path in PAX records',
    layer: withRecords(record('path', '../outside/precious'), file('innocent', 'x')),
    refused: 'LAYER_PATH',
    umoci: { differs: 'cuts the name at its root' },
  },
  {
    what: 'a link in PAX records',
    layer: withRecords(record('linkpath', '../outside/precious'), hardlink('innocent', 'x')),
    refused: 'LAYER_PATH',
    umoci: 'refuses',
  },
  {
    what: 'a negative size in PAX records',
    layer: withRecords(record('size', '-1'), file('f', 'x')),
    refused: 'TAR_INVALID',
    umoci: 'refuses',
  },
  {
    what: 'a huge size in PAX records',
    layer: withRecords(record('size', '9007199254740991'), file('f', 'x')),
    refused: 'TAR_INVALID',
    umoci: 'refuses',
  },
  {
    what: 'a negative size',
    layer: forged(file('f', 'x'), 124, Buffer.alloc(12, 0xff)),
    refused: 'TAR_INVALID',
    umoci: 'refuses',
  },
  {
    what: 'a size of eight exbibytes',
    layer: forged(file('f', 'x'), 124, Buffer.from('800000007fffffffffffffff', 'hex')),
    refused: 'TAR_INVALID',
    umoci: 'refuses',
  },
  {
    what: 'a NUL in a name',
    layer: withRecords(record('path', 'a\0b'), file('f', 'x')),
    refused: 'LAYER_PATH',
    umoci: 'refuses',
  },
];

const blob = (store: ContentStore, document: object, type: string) =>
  store.add(Buffer.from(JSON.stringify(document)), type);

/** Puts layers into an image and has umoci unpack it; the root, or undefined when it refuses. */
async function withUmoci(place: Place, layers: readonly Buffer[]): Promise<string | undefined> {
  const store = new ContentStore(join(place.folder, 'layout'));
  const found = [];
  for (const layer of layers) found.push(await store.add(layer, OCI_LAYER));
  const rootfs = { type: 'layers', diff_ids: found.map(({ digest }) => digest) };
  const config = await blob(store, { os: 'linux', architecture: 'amd64', rootfs, config: {} }, OCI_CONFIG);
  const manifest = await blob(
    store,
    { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: found },
    OCI_MANIFEST,
  );
  await using agent = startAgent();
  await store.tag(agent.kernel, 'x', manifest);
  const root = join(place.folder, 'umoci');
  try {
    execFileSync('umoci', ['raw', 'unpack', '--image', `${store.root}:x`, root], { stdio: 'pipe' });
    return root;
  } catch {
    return undefined;
  }
}

const FIND = ['-mindepth', '1', '-printf', '%P %y%m %U:%G %s %l\n'];
const list = (output: Buffer) =>
  output
    .toString('latin1')
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .sort();
const find = (root: string) => list(execFileSync('find', [root, ...FIND.map((word) => word)]));
/** Sizes of folders are of no interest. */
const plain = (lines: readonly string[]) => lines.map((line) => line.replace(/ (d\d+ \d+:\d+) \d+/, ' $1').trim());
const short = (lines: readonly string[]) =>
  plain(lines).map((line) => line.replace(/ (\w)\d+ \d+:\d+(?: \d+)?/, ' $1'));

/** Unpacks what is hostile; the code of the error. */
async function codeOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    assert.ok(isKeelsonError(error), String(error));
    return error.code;
  }
}

for (const hostile of CASES) {
  test(`hostile layer: ${hostile.what}`, { skip: !isRoot && 'needs root for owners, devices and mounts' }, async () => {
    await using place = new Place();
    const { below = [], refused, tree, umoci } = hostile;
    const layer = Array.isArray(hostile.layer)
      ? writeTar(hostile.layer.map((e) => ({ ...e, link: e.link?.replace('OUTSIDE', place.outside.slice(1)) ?? '' })))
      : hostile.layer;
    await place.unpack(below);
    assert.equal(await codeOf(place.unpack(layer, 'remove')), refused, 'in one folder');
    const merged = plain(find(place.root));
    await using lower = new Place();
    await lower.unpack(below);
    await using upper = new Place();
    assert.equal(await codeOf(upper.unpack(layer, 'mark', [lower.root])), refused, 'in a folder of its own');
    if (refused === undefined) {
      assert.deepEqual(short(merged), tree?.toSorted());
      const script = `mount -t overlay none -o lowerdir="$0:$1" "$1"; cd "$1"; find . -mindepth 1 -printf "$2"`;
      const args = ['-m', 'sh', '-euc', script, upper.root, lower.root, FIND[3] ?? ''];
      assert.deepEqual(plain(list(execFileSync('unshare', args))), merged, 'as an overlay');
    }
    const root = await withUmoci(place, [writeTar(below), layer]);
    if (umoci === 'accepts') assert.ok(root, 'umoci');
    else if (umoci === 'refuses') assert.equal(root, undefined, 'umoci');
    else if (umoci === 'same') assert.deepEqual(plain(find(root ?? '')), merged, 'umoci');
    else assert.notDeepEqual(root && existsSync(root) && plain(find(root)), merged, umoci.differs);
  });
}
