import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskOfList } from './number-list.ts';

test('a list becomes a mask, lowest number first', () => {
  const hex = (list: string) => maskOfList(list, 16).toString('hex');
  assert.equal(hex('0'), '0100');
  assert.equal(hex('0-3,7'), '8f00');
  assert.equal(hex(' 1 - 2 ,, 9'), '0602');
  assert.equal(hex(''), '0000');
  assert.equal(hex('15-99999'), '0080');
});
