import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Call, RecordingKernel } from '../../kernel/index.ts';
import { writeTar } from '../tar/tar-writer.ts';
import { busyboxTree } from './busybox-tree.ts';
import { listApplets } from './list-applets.ts';
import { needsInterpreter, readStaticProgram } from './static-program.ts';

/** A 64-bit ELF file with program headers of these types. */
function elf(...types: number[]): Buffer {
  const file = Buffer.alloc(64 + 56 * types.length);
  file.write('\x7fELF\x02\x01', 'latin1');
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(types.length, 56);
  for (const [i, type] of types.entries()) file.writeUInt32LE(type, 64 + 56 * i);
  return file;
}

test('a program that needs an interpreter is told from one that does not', () => {
  assert.equal(needsInterpreter(elf(1, 1, 0x6474e551)), false);
  assert.equal(needsInterpreter(elf(6, 3, 1)), true);
  assert.equal(needsInterpreter(Buffer.from('#!/bin/sh\n')), true);
  assert.equal(needsInterpreter(elf(1, 1).subarray(0, 100)), true, 'cut short');
  assert.equal(needsInterpreter(Buffer.alloc(0)), true);
  // The interpreter that runs this test is linked dynamically on every distribution.
  assert.throws(() => readStaticProgram('/bin/sh'), { code: 'BUSYBOX_NOT_STATIC', hint: /busybox-static/ });
});

test('a missing busybox, a folder and a script are errors that say what to install', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-busybox-'));
  try {
    assert.throws(() => readStaticProgram(join(folder, 'none')), { code: 'BUSYBOX_MISSING', hint: /busybox-static/ });
    assert.throws(() => readStaticProgram(folder), { code: 'BUSYBOX_NOT_STATIC' });
    writeFileSync(join(folder, 'script'), '#!/bin/sh\n');
    assert.throws(() => readStaticProgram(join(folder, 'script')), { code: 'BUSYBOX_NOT_STATIC' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A kernel whose child prints `text` and leaves with `status`. */
function kernelPrinting(text: string, status = 0): RecordingKernel {
  const parts = [Buffer.from(text), Buffer.alloc(0)];
  return new RecordingKernel({
    answer: ({ name }: Call) => {
      if (name === 'read') return parts.shift() ?? Buffer.alloc(0);
      if (name !== 'wait4') return undefined;
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(status << 8);
      return { value: 7, bytes };
    },
  });
}

test('the list of commands is asked for and checked', async () => {
  const list = (text: string, status?: number) => listApplets(kernelPrinting(text, status), '/bin/busybox');
  assert.deepEqual(await list('usr/bin/[\nbin/sh\nbin/busybox\nbin/ash\nbin/sh\n'), ['bin/ash', 'bin/sh', 'usr/bin/[']);
  const refused = { code: 'BUSYBOX_ANSWER' };
  await assert.rejects(list('bin/sh\n../etc/passwd\n'), refused);
  await assert.rejects(list('bin/sh\n/bin/x\n'), refused);
  await assert.rejects(list('bin/sh\nbin/a b\n'), refused);
  await assert.rejects(list('toybox\n'), refused);
  await assert.rejects(list('bin/sh\n', 1), refused);
});

test('the same busybox gives the same bytes', () => {
  const tree = () => writeTar(busyboxTree(Buffer.from('program'), ['bin/sh', 'usr/bin/env']));
  assert.deepEqual(tree(), tree());
  const names = busyboxTree(Buffer.from('program'), ['bin/sh']).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});
