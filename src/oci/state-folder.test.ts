import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ContainerState } from './container-state.ts';
import { StateFolder } from './state-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'state-folder-'));
after(() => rmSync(root, { recursive: true })); // no-mount-below: text files

function stateWith(spec: object): ContainerState {
  return { id: 'x', config: { spec } } as unknown as ContainerState;
}

function folderOf(id: string): StateFolder {
  const folder = new StateFolder(root, id);
  folder.create();
  return folder;
}

test('what is written is read, numbers of 64 bits too', () => {
  const folder = folderOf('numbers');
  const args = [{ index: 0, value: 2n ** 64n - 1n, valueTwo: 2n ** 63n, op: 'SCMP_CMP_MASKED_EQ' }];
  for (const spec of [{}, { linux: { seccomp: { syscalls: [{ names: ['clone'], args }] } } }]) {
    folder.write(stateWith(spec));
    assert.deepEqual(folder.read(), stateWith(spec));
  }
});

test('annotations that look like such a number stay text', () => {
  const folder = folderOf('annotations');
  for (const text of ['5', 'no number']) {
    const spec = { annotations: { $bigint: text } };
    folder.write(stateWith(spec));
    assert.deepEqual(folder.read(), stateWith(spec));
  }
});

test('a record that a stopped machine left empty is that of no container yet', () => {
  const folder = folderOf('empty');
  writeFileSync(join(folder.path, 'state.json'), '');
  assert.equal(folder.readUnfinished(), undefined);
  assert.throws(() => folder.read(), { code: 'CONTAINER_UNKNOWN' });
});
