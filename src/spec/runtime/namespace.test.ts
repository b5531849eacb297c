import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNamespace } from './namespace.ts';

test('the entry of a kind, or none', () => {
  const namespaces = [{ type: 'pid' as const }, { type: 'network' as const, path: '/x' }];
  assert.deepEqual(findNamespace(namespaces, 'network'), { type: 'network', path: '/x' });
  assert.equal(findNamespace(namespaces, 'user'), undefined);
  assert.equal(findNamespace(undefined, 'pid'), undefined);
});
