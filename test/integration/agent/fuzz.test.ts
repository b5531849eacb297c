import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from './processes.ts';

const root = new URL('../../..', import.meta.url).pathname;

/** A short run; `scripts/fuzz-agent` alone makes a million frames. */
function fuzz(frames: number, environment: NodeJS.ProcessEnv) {
  return spawnSync(join(root, 'scripts/fuzz-agent'), [String(frames)], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    timeout: 240_000,
  });
}

test('random and mutated requests bring the agent into no fault', () => {
  using folder = temporaryFolder();
  const { status, stdout, stderr } = fuzz(50_000, { REQUESTS: join(folder.path, 'requests') });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /no fault/);
});

test('the fuzzer finds a bound that is not checked, and says how to come back to it', () => {
  using folder = temporaryFolder();
  const native = join(folder.path, 'native');
  cpSync(join(root, 'native'), native, { recursive: true });
  const source = readFileSync(join(native, 'batch.c'), 'utf8');
  const changed = source.replace(' || o.c.out_size > b->data_size - o.c.out_at', '');
  assert.notEqual(changed, source);
  writeFileSync(join(native, 'batch.c'), changed);
  const { status, stderr } = fuzz(50_000, { NATIVE: native, REQUESTS: join(folder.path, 'requests') });
  assert.notEqual(status, 0);
  assert.match(stderr, /AddressSanitizer/);
  assert.match(stderr, /seed \d+ session \d+/);
});
