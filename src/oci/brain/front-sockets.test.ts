import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { frontSocketName, sweepFrontSockets } from './front-sockets.ts';

test('sockets of fronts that have gone are removed, and no others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'front-sockets-'));
  const { pid: gone } = spawnSync('true');
  const kept = [
    `${frontSocketName(process)}-0`,
    `c1-${gone}-0`, // of another process namespace
    'brain-0000000000000001-0000000000000002',
  ];
  const stale = [`${frontSocketName({ pid: gone })}-0`, `${frontSocketName({ pid: gone, lost: true })}-12`];
  try {
    for (const name of [...kept, ...stale]) writeFileSync(join(folder, name), '');
    sweepFrontSockets(folder);
    assert.deepEqual(readdirSync(folder).sort(), kept.sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
