import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { table } from './table.ts';
import { localTimestamp, timestamp } from './timestamp.ts';
import { paragraph, textWidth, wrap } from './wrap.ts';

describe('table', () => {
  test('columns are three wider than their widest cell, and at least ten', () => {
    assert.equal(
      table([
        ['A', 'BB'],
        ['a long cell', 'x'],
      ]),
      'A             BB\na long cell   x\n',
    );
    assert.equal(table([['A', 'B']]), 'A         B\n');
    assert.equal(table([]), '');
  });

  test('letters count once, whatever their bytes', () => {
    assert.equal(table([['äöü…', 'x']]), 'äöü…      x\n');
  });
});

describe('timestamp', () => {
  test('nine digits, in UTC', () => {
    assert.equal(timestamp(0), '1970-01-01T00:00:00.000000000Z');
    assert.equal(timestamp(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), '2026-01-02T03:04:05.678000000Z');
    assert.equal(timestamp(999.9999999), '1970-01-01T00:00:00.999999999Z');
  });

  test('as ps prints it', () => assert.match(localTimestamp(0), /^19(69|70)-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} \S+$/));
});

describe('wrap', () => {
  test('no word is lost, and no line is longer than asked for unless a word is', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 60 }), (text, width) => {
        const words = text.split(/\s+/).filter(Boolean);
        const lines = wrap(text, width);
        assert.deepEqual(lines.join(' '), words.join(' '));
        for (const line of lines) assert.ok(line.length <= width || !line.includes(' '), line);
      }),
    );
  });

  test('a paragraph with a margin', () => {
    assert.equal(paragraph('one two three four five', { width: 24, indent: 2 }), '  one two three four\n  five');
  });

  test('the width of text', () => {
    assert.deepEqual(
      [textWidth({}), textWidth({ columns: 60 }), textWidth({ columns: 5 }), textWidth({ columns: 300 })],
      [100, 60, 40, 100],
    );
  });
});
