import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileChanges } from './file-changes.ts';

const HOUR = 3_600_000;

test('a change of the file, or of one that belongs to it, also before it is asked for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-changes-'));
  try {
    using changes = new FileChanges(join(folder, 'db'), HOUR);
    let told = 0;
    for (const name of ['db', 'db-wal', 'db-wal']) {
      const next = changes.next().then(() => {
        told += 1;
      });
      writeFileSync(join(folder, 'other'), '1');
      writeFileSync(join(folder, name), String(told));
      await next;
    }
    assert.equal(told, 3);
  } finally {
    rmSync(folder, { recursive: true }); // no-mount-below: a folder of the test's own
  }
});

test('where nothing can be watched, after a while', async () => {
  using changes = new FileChanges('/proc/nothing/here/db', 1);
  await changes.next();
  await changes.next();
});
