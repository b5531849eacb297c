import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { configOf, runToEnd } from '../engine/container-under-test.ts';
import { meetFaults, withEngine } from './fault-rounds.ts';

/** A file system of its own for the data root, which each round fills up to the last byte. */
const root = mkdtempSync(join(tmpdir(), 'keelson-full-'));
before(async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'keelson-test', root]);
  mkdirSync(join(root, 'volumes'), { mode: 0o700 });
  await withEngine(root, (engine) => runToEnd(engine, configOf(['true'])));
});
after(() => {
  execFileSync('umount', [root]);
  rmdirSync(root);
});

describe('a disk that fills up in the middle of it leaves nothing once there is room again', () => {
  for (const name of ['bridge', 'detached', 'volume', 'exec', 'stop', 'remove']) {
    test(name, () => meetFaults(root, name, 'fill'));
  }
});
