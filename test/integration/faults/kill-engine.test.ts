import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { configOf, runToEnd } from '../engine/container-under-test.ts';
import { ACTS } from './acts.ts';
import { meetFaults, withEngine } from './fault-rounds.ts';

const root = mkdtempSync(join(tmpdir(), 'keelson-kill-'));
before(async () => {
  mkdirSync(join(root, 'volumes'), { mode: 0o700 });
  await withEngine(root, async (engine) => {
    await runToEnd(engine, configOf(['true']));
    await engine.images.mount('busybox');
    await engine.images.unmount('busybox');
  });
});
after(() => rmSync(root, { recursive: true }));

describe('an engine that is killed leaves nothing once the next command has run', () => {
  for (const name of Object.keys(ACTS)) test(name, () => meetFaults(root, name, 'die'));
});
