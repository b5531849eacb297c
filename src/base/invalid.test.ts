import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKeelsonError } from './error.ts';
import { invalid } from './invalid.ts';

test('an invalid error carries kind, code, message and hint', () => {
  const error = invalid('SIZE_INVALID', 'no size', 'write one');
  assert.ok(isKeelsonError(error, 'invalid'));
  assert.deepEqual([error.code, error.message, error.hint], ['SIZE_INVALID', 'no size', 'write one']);
  assert.equal(invalid('X', 'y').hint, undefined);
});
