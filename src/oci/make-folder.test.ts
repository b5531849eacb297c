import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './make-folder.ts';

test('makes what is missing, for our own user, and minds nothing that is there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'make-folder-'));
  try {
    for (let i = 0; i < 2; i++) makeFolder(join(folder, 'a/b'));
    for (const path of ['a', 'a/b']) assert.equal(statSync(join(folder, path)).mode & 0o7777, 0o700);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('fails where the kernel makes no folder', () => {
  for (const path of ['/proc/none', '/proc/none/below']) assert.throws(() => makeFolder(path), { code: 'ENOENT' });
});
