import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { pointInTime } from './point-in-time.ts';

const NOW = Date.UTC(2026, 0, 2, 12);
const parse = pointInTime(() => NOW);

describe('pointInTime', () => {
  reads(parse, [
    ['42m', NOW - 42 * 60_000],
    ['1h30m', NOW - 90 * 60_000],
    ['0', 0],
    ['1700000000', 1_700_000_000_000],
    ['1700000000.5', 1_700_000_000_500],
    ['2026-01-02T13:23:37Z', Date.UTC(2026, 0, 2, 13, 23, 37)],
    ['2026-01-02T13:23:37.25z', Date.UTC(2026, 0, 2, 13, 23, 37, 250)],
    ['2026-01-02T13:23+01:00', Date.UTC(2026, 0, 2, 12, 23)],
  ]);
  test('a date without a zone is of the local one', () => {
    assert.equal(parse('2026-01-02'), new Date(2026, 0, 2).getTime());
    assert.equal(parse('2026-01-02T03:04:05'), new Date(2026, 0, 2, 3, 4, 5).getTime());
  });
  refuses(parse, [
    ['', /expected a time such as 42m \(ago\)/],
    ['yesterday', /expected a time/],
    ['2026-13-01', /expected a time/],
    ['2026-01-02T25:00', /expected a time/],
    ['-5m', /expected a time/],
  ]);
  survivesAnyText(parse, ['2026', '-', '01', 'T', ':', 'Z', '5m', '.']);
});
