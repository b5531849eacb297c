import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKeelsonError } from '../../base/index.ts';
import { parseRuntimeState } from './runtime-state.ts';

const state = { ociVersion: '1.0.2', id: 'a', status: 'running', pid: 4422, bundle: '/b', annotations: { k: 'v' } };

test('what a runtime prints is read, with more than the specification has', () => {
  assert.deepEqual(parseRuntimeState({ ...state, rootfs: '/b/rootfs', created: 'now', owner: '' }), state);
});

for (const wrong of [{ status: 'dead' }, { pid: -1 }, { pid: 2 ** 22 + 1 }, { id: '' }, { bundle: undefined }]) {
  test(`${JSON.stringify(wrong)} is refused`, () => {
    assert.throws(
      () => parseRuntimeState({ ...state, ...wrong }),
      (error) => isKeelsonError(error, 'invalid') && error.code === 'STATE_INVALID',
    );
  });
}
