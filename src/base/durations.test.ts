import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { humanAgo, humanDuration, parseDuration, showDuration } from './durations.ts';
import { isKeelsonError } from './error.ts';

describe('parseDuration', () => {
  const good: [string, number][] = [
    ['0', 0],
    ['0s', 0],
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['1.5h', 5_400_000],
    ['300ms', 300],
    ['2h45m', 9_900_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['500us', 0.5],
    ['500µs', 0.5],
    ['500μs', 0.5],
    ['1s1s', 2000],
  ];
  for (const [text, milliseconds] of good)
    test(`reads '${text}'`, () => assert.equal(parseDuration(text), milliseconds));

  for (const text of [
    '',
    '10',
    '-1s',
    '+1s',
    's',
    '1 s',
    '1d',
    '1s ',
    '10s5',
    '..5s',
    '1e3s',
    'NaNs',
    '293y',
    '9999999h',
  ]) {
    test(`refuses '${text}'`, () => {
      assert.throws(
        () => parseDuration(text),
        (error) => isKeelsonError(error, 'invalid') && error.code === 'DURATION_INVALID',
      );
    });
  }

  test('every text gives a finite time or an error of ours', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^([0-9.]{1,5}(ns|us|ms|s|m|h|))*$/)), (text) => {
        try {
          return parseDuration(text) >= 0;
        } catch (error) {
          return isKeelsonError(error, 'invalid');
        }
      }),
    );
  });
});

describe('showDuration', () => {
  const cases: [milliseconds: number, text: string][] = [
    [0, '0s'],
    [0.5, '500µs'],
    [300, '300ms'],
    [2500, '2.5s'],
    [60_000, '1m0s'],
    [90_000, '1m30s'],
    [5_400_500, '1h30m0.5s'],
  ];
  for (const [milliseconds, text] of cases) test(text, () => assert.equal(showDuration(milliseconds), text));
  test('is read again as the same', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), (time) => parseDuration(showDuration(time)) === time));
  });
});

describe('humanDuration', () => {
  const SECOND = 1000;
  const MINUTE = 60 * SECOND;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;
  const words: [number, string][] = [
    [-5, 'Less than a second'],
    [450, 'Less than a second'],
    [SECOND, '1 second'],
    [47 * SECOND, '47 seconds'],
    [59_999, '59 seconds'],
    [MINUTE, 'About a minute'],
    [119_999, 'About a minute'],
    [2 * MINUTE, '2 minutes'],
    [35 * MINUTE + 40 * SECOND, '35 minutes'],
    [59 * MINUTE + 59 * SECOND, '59 minutes'],
    [HOUR, 'About an hour'],
    [HOUR + 29 * MINUTE, 'About an hour'],
    [HOUR + 30 * MINUTE, '2 hours'],
    [3 * HOUR + 40 * MINUTE, '4 hours'],
    [47 * HOUR, '47 hours'],
    [2 * DAY, '2 days'],
    [13 * DAY + 4 * HOUR, '13 days'],
    [14 * DAY, '2 weeks'],
    [27 * DAY, '3 weeks'],
    [59 * DAY, '8 weeks'],
    [60 * DAY, '2 months'],
    [23 * 30 * DAY, '23 months'],
    [2 * 365 * DAY, '2 years'],
    [21 * 365 * DAY, '21 years'],
  ];
  for (const [milliseconds, text] of words)
    test(`${milliseconds} ms is '${text}'`, () => assert.equal(humanDuration(milliseconds), text));

  test('ago', () => assert.equal(humanAgo(1000, 1000 + 2 * MINUTE), '2 minutes ago'));
});
