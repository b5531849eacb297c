import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAmount, parseKeyed, parseNested } from './keyed-values.ts';

test('numbers, no limit, and nothing', () => {
  assert.equal(parseAmount('42\n'), 42);
  assert.equal(parseAmount('max\n'), Number.POSITIVE_INFINITY);
  for (const text of ['', '\n', 'some text', undefined]) assert.equal(parseAmount(text), undefined);
});

test('lines of key and value; what is no number is left out', () => {
  assert.deepEqual(parseKeyed('a 1\nb max\nname text\n\nc\n'), { a: 1, b: Number.POSITIVE_INFINITY });
});

test('lines with several pairs', () => {
  assert.deepEqual(parseNested('8:0 rbytes=1 wbytes=2\n8:16\n'), [
    ['8:0', { rbytes: 1, wbytes: 2 }],
    ['8:16', {}],
  ]);
});

test('no text makes them fail', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseKeyed(text);
      parseNested(text);
      parseAmount(text);
    }),
  );
});
