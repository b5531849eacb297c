import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeBindSources } from './make-bind-sources.ts';

test('makes the folder of -v with those above it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-sources-'));
  try {
    const source = join(folder, 'a/b');
    makeBindSources([{ type: 'bind', source, target: '/c', readOnly: false, createSource: true }]);
    assert.ok(statSync(source).isDirectory());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('ends where no folder can be made, also in /proc', () => {
  const door = new URL('make-bind-sources.ts', import.meta.url).href;
  const mount = JSON.stringify({ type: 'bind', source: '/proc/none/x', target: '/c', createSource: true });
  const program = `import { makeBindSources } from ${JSON.stringify(door)}; makeBindSources([${mount}]);`;
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 });
  assert.equal(ended.status, 1);
  assert.match(ended.stderr.toString(), /MOUNT_SOURCE_MISSING/);
});
