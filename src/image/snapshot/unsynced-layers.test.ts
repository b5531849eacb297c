import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { RecordingKernel } from '../../kernel/index.ts';
import { UnsyncedLayers } from './unsynced-layers.ts';

const [FIRST, SECOND, THIRD] = ['a1', 'b2', 'c3'].map((name) => name.repeat(32)) as [string, string, string];
let folder: string;
let layers: string;
let unsynced: UnsyncedLayers;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-unsynced-'));
  layers = join(folder, 'layers');
  mkdirSync(layers);
  unsynced = new UnsyncedLayers(layers);
});

afterEach(() => rmSync(folder, { recursive: true }));

const publish = (name: string) => mkdirSync(join(layers, name));
const marks = () => readdirSync(join(folder, 'unsynced')).toSorted();

test('only the marks of folders that were there before the disk took them go', async () => {
  await unsynced.add(FIRST);
  publish(FIRST);
  await unsynced.add(SECOND);
  const kernel = new RecordingKernel({
    answer: ({ name }) => {
      // Another program goes on meanwhile.
      if (name !== 'syncfs') return undefined;
      publish(SECOND);
      mkdirSync(join(folder, 'unsynced'), { recursive: true });
      writeFileSync(join(folder, 'unsynced', THIRD), 'x');
      publish(THIRD);
      return 0;
    },
  });
  await unsynced.settle(kernel);
  assert.deepEqual(marks(), [SECOND, THIRD]);
  await unsynced.settle(new RecordingKernel());
  assert.deepEqual(marks(), [THIRD], 'of another start of the host');
});

test('where nothing waits the disk is left alone', async () => {
  await unsynced.add(FIRST);
  const kernel = new RecordingKernel();
  await unsynced.settle(kernel);
  assert.deepEqual(kernel.calls, []);
  assert.ok(existsSync(join(folder, 'unsynced', FIRST)));
});
