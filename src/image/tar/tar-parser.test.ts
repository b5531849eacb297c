import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../../base/index.ts';
import type { TarEntry } from './tar-entry.ts';
import { TarParser } from './tar-parser.ts';
import type { NewTarEntry } from './tar-writer.ts';
import { writeTar } from './tar-writer.ts';

interface Read {
  entry: TarEntry;
  content: Buffer;
  ended: boolean;
}

function readAll(archive: Buffer, chunkSize = archive.length): Read[] {
  const parser = new TarParser();
  const found: Read[] = [];
  for (let at = 0; at < archive.length; at += chunkSize) {
    const chunk = Buffer.from(archive.subarray(at, at + chunkSize));
    for (const part of parser.push(chunk)) {
      const last = found.at(-1);
      if (part.kind === 'entry') found.push({ entry: part.entry, content: Buffer.alloc(0), ended: false });
      else if (last && part.kind === 'content') last.content = Buffer.concat([last.content, part.bytes]);
      else if (last) last.ended = true;
    }
    chunk.fill(0xaa); // whoever reads a file may use the chunk's memory again
  }
  parser.finish();
  return found;
}

const invalid = (error: unknown) => isKeelsonError(error, 'invalid') && error.code === 'TAR_INVALID';
const unsupported = (error: unknown) => isKeelsonError(error, 'unsupported') && error.code === 'TAR_UNSUPPORTED';

/** A header block with one field overwritten and the checksum made right again. */
function forged(entry: NewTarEntry, at: number, bytes: Buffer): Buffer {
  const archive = writeTar([entry]);
  bytes.copy(archive, at);
  archive.write('        ', 148, 'latin1');
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return archive;
}

test('what is written is read again, in chunks of any size', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 180 }).map((b) => Buffer.from(b).toString('latin1'));
  const name = bytes.filter((text) => !text.includes('\0') && !text.endsWith('/'));
  const entries = fc.array(
    fc.record({
      type: fc.constantFrom('file' as const, 'folder' as const, 'symlink' as const, 'hardlink' as const),
      name,
      link: name,
      mode: fc.integer({ min: 0, max: 0o7777 }),
      uid: fc.integer({ min: 0, max: 0xfffffffe }),
      gid: fc.integer({ min: 0, max: 0xfffffffe }),
      mtime: fc.bigInt({ min: -(2n ** 60n), max: 2n ** 62n }),
      content: fc.uint8Array({ maxLength: 2000 }).map((b) => Buffer.from(b)),
      xattr: fc.uint8Array({ minLength: 1, maxLength: 50 }).map((b) => Buffer.from(b)),
    }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(entries, fc.integer({ min: 1, max: 3000 }), (given, chunkSize) => {
      const written = given.map(({ content, xattr, ...rest }) => ({
        ...rest,
        xattrs: new Map([['user.test', xattr]]),
        ...(rest.type === 'file' ? { content } : {}),
      }));
      const read = readAll(writeTar(written), chunkSize);
      assert.equal(read.length, written.length);
      for (const [i, { entry, content, ended }] of read.entries()) {
        const { content: expected = Buffer.alloc(0), ...rest } = written[i] ?? assert.fail();
        assert.deepEqual(entry, { ...rest, size: expected.length, deviceMajor: 0, deviceMinor: 0 });
        assert.deepEqual(content, expected);
        assert.equal(ended, entry.type === 'file');
      }
    }),
    { numRuns: 150 },
  );
});

for (const format of ['v7', 'ustar', 'gnu', 'posix']) {
  test(`GNU tar's ${format} archives are read`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'keelson-tar-'));
    try {
      const deep = 'd'.repeat(60);
      const isLong = format === 'gnu' || format === 'posix';
      const script = `mkdir -p a/${deep}; printf hello >a/f; chmod 4750 a/f; ln a/f a/h; ln -s ../f a/s; mkfifo a/p
        printf x >a/${deep}/y; ${isLong ? `printf z >a/${deep}/${'n'.repeat(200)};` : ''} touch -d @12345.5 a/f`;
      execFileSync('sh', ['-euc', script], { cwd: folder });
      const skipped = format === 'v7' ? ['--exclude=a/p'] : [];
      const archive = execFileSync(
        'tar',
        ['-c', `--format=${format}`, '--sort=name', '--owner=12', '--group=34', ...skipped, 'a'],
        {
          cwd: folder,
        },
      );
      const read = new Map(readAll(archive, 700).map((r) => [r.entry.name, r]));
      const file = read.get('a/f') ?? assert.fail();
      assert.equal(file.content.toString(), 'hello');
      assert.deepEqual([file.entry.mode, file.entry.uid, file.entry.gid], [0o4750, 12, 34]);
      assert.equal(file.entry.mtime, format === 'posix' ? 12_345_500_000_000n : 12_345_000_000_000n);
      assert.deepEqual([read.get('a/h')?.entry.type, read.get('a/h')?.entry.link], ['hardlink', 'a/f']);
      assert.deepEqual([read.get('a/s')?.entry.type, read.get('a/s')?.entry.link], ['symlink', '../f']);
      assert.equal(read.get(`a/${deep}/`)?.entry.type, 'folder');
      assert.equal(read.get(`a/${deep}/y`)?.content.toString(), 'x');
      if (format !== 'v7') assert.equal(read.get('a/p')?.entry.type, 'fifo');
      if (isLong) assert.equal(read.get(`a/${deep}/${'n'.repeat(200)}`)?.content.toString(), 'z');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('GNU tar reads what is written', () => {
  const name = `${'long/'.repeat(30)}name`;
  const archive = writeTar([
    { type: 'file', name, content: Buffer.from('content'), uid: 3_000_000_000, mtime: 1_500_000_000n },
  ]);
  const listed = execFileSync('tar', ['-tv', '--numeric-owner', '--full-time', '--utc'], { input: archive }).toString();
  assert.match(listed, /^-rw-r--r-- 3000000000\/0 +7 1970-01-01 00:00:01\.5 (long\/){30}name\n$/);
});

test('an archive may lack its end, but not end inside an entry', () => {
  const archive = writeTar([{ type: 'file', name: 'f', content: Buffer.alloc(600) }]);
  assert.equal(readAll(archive.subarray(0, 512 + 1024)).length, 1);
  for (const size of [100, 512 + 1, 512 + 600, 512 + 1023])
    assert.throws(() => readAll(archive.subarray(0, size)), invalid);
  const withRecord = writeTar([{ type: 'folder', name: 'n'.repeat(300) }]);
  assert.throws(() => readAll(withRecord.subarray(0, 1024)), invalid);
  assert.deepEqual(readAll(Buffer.concat([archive, Buffer.from('anything')])).length, 1);
});

test('damaged and hostile headers are refused', () => {
  const entry: NewTarEntry = { type: 'file', name: 'f', content: Buffer.from('x') };
  const damaged = writeTar([entry]);
  damaged[0] = 0x67;
  assert.throws(() => readAll(damaged), invalid);
  assert.throws(() => readAll(Buffer.alloc(512, 0x41)), invalid);
  assert.throws(() => readAll(forged(entry, 124, Buffer.from('0000000zz12\0'))), invalid);
  assert.throws(() => readAll(forged(entry, 124, Buffer.alloc(12, 0xff))), invalid, 'size -1');
  assert.throws(
    () => readAll(forged(entry, 124, Buffer.from('80ffffffffffffffffffffff', 'hex'))),
    invalid,
    'huge size',
  );
  assert.throws(() => readAll(forged(entry, 108, Buffer.from('80000000ffffffff', 'hex'))), invalid, 'uid -1');
  assert.throws(() => readAll(forged({ ...entry, type: 'folder' }, 156, Buffer.from('S'))), unsupported);
  assert.throws(() => readAll(forged(entry, 156, Buffer.from('Z'))), unsupported);
});

test('a record in front of an entry cannot take much memory', () => {
  // Size (12 bytes at 124) to type (at 156): 1 GiB of PAX records.
  const fields = Buffer.concat([Buffer.from('10000000000\0'), Buffer.alloc(20, '0'), Buffer.from('x')]);
  assert.throws(() => readAll(forged({ type: 'file', name: 'x' }, 124, fields).subarray(0, 512)), {
    message: /1073741824 bytes/,
  });
});

test('PAX records with wrong lengths, numbers and times are refused', () => {
  const record = (text: string) => {
    const data = Buffer.from(text, 'latin1');
    const block = forged({ type: 'file', name: 'x', content: data }, 156, Buffer.from('x'));
    return Buffer.concat([block.subarray(0, block.length - 1024), writeTar([{ type: 'file', name: 'f' }])]);
  };
  assert.equal(readAll(record('8 uid=7\n'))[0]?.entry.uid, 7);
  assert.equal(readAll(record('7 uid=\n'))[0]?.entry.uid, 0);
  assert.equal(readAll(record('15 mtime=-1.25\n'))[0]?.entry.mtime, -1_250_000_000n);
  for (const text of [
    '9 uid=7\n',
    '7 uid=7\n',
    '8uid=7\n',
    '0 \n',
    '-8 uid=7\n',
    '99999999999 a=b\n',
    '5 =b\n',
    '8 uid:7\n',
  ]) {
    assert.throws(() => readAll(record(text)), invalid, text);
  }
  for (const text of [
    '9 uid=-1\n',
    '11 size=-1\n',
    '31 size=99999999999999999999999\n',
    '12 mtime=x1\n',
    '17 uid=4294967295\n',
  ]) {
    assert.throws(() => readAll(record(text)), invalid, text);
  }
  assert.throws(() => readAll(record('22 GNU.sparse.major=1\n')), unsupported);
});

test('random bytes end in an error of ours or in entries, and never hang', () => {
  const noise = fc.uint8Array({ minLength: 0, maxLength: 4096 }).map((b) => Buffer.from(b));
  const base = writeTar([{ type: 'file', name: 'n'.repeat(150), content: Buffer.alloc(1000, 1) }]);
  const mutated = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 4 }).map((changes) => {
    const copy = Buffer.from(base);
    for (const [at, byte] of changes) copy[at] = byte;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(noise, mutated), (archive) => {
      try {
        readAll(archive);
      } catch (error) {
        assert.ok(isKeelsonError(error), String(error));
      }
    }),
    { numRuns: 500 },
  );
});
