import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from './error.ts';
import { formatMemory, formatSize, parseSize, parseSizeOrUnlimited, UNLIMITED } from './sizes.ts';

describe('parseSize', () => {
  const MB = 1024 * 1024;
  const good: [string, number][] = [
    ['0', 0],
    ['4096', 4096],
    ['32b', 32],
    ['32B', 32],
    ['1k', 1024],
    ['1K', 1024],
    ['1kb', 1024],
    ['1KiB', 1024],
    ['64m', 64 * MB],
    ['1.5g', 1536 * MB],
    ['.5k', 512],
    ['32.', 32],
    ['32 kb', 32 * 1024],
    ['32.5 kB', 32.5 * 1024],
    [' 1t ', 1024 * 1024 * MB],
    ['1p', 1024 ** 5],
    ['1.999', 1],
    ['007k', 7 * 1024],
  ];
  for (const [text, bytes] of good) test(`reads '${text}'`, () => assert.equal(parseSize(text), bytes));

  // '1e3', 'inf' and '0x10' pass in Docker by accident of Go's ParseFloat; nobody writes them on purpose.
  const bad = [
    '',
    ' ',
    'k',
    '-1',
    '-1k',
    '1x',
    '1kx',
    '1kbb',
    '1kibi',
    '1bb',
    '1 2',
    '1..2',
    '1.2.3',
    '.',
    '1  k',
    '9p',
    'NaN',
    'inf',
    '1e3',
    '0x10',
  ];
  for (const text of [...bad, '1k\n2', '١k']) {
    test(`refuses '${text}'`, () => {
      assert.throws(
        () => parseSize(text),
        (error) => isKeelsonError(error, 'invalid') && error.code === 'SIZE_INVALID',
      );
    });
  }

  test('-1 means unlimited only where it is allowed', () => {
    assert.equal(parseSizeOrUnlimited('-1'), UNLIMITED);
    assert.equal(parseSizeOrUnlimited('2m'), 2 * MB);
    assert.throws(() => parseSizeOrUnlimited('-2'));
  });

  test('every text gives whole bytes or an error of ours', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{1,20} ?[kmgtpibKMGTPIB]{0,4}$/)), (text) => {
        try {
          const bytes = parseSize(text);
          return Number.isSafeInteger(bytes) && bytes >= 0;
        } catch (error) {
          return isKeelsonError(error, 'invalid');
        }
      }),
    );
  });
});

describe('formatting', () => {
  // The first six of each are the examples of Docker's own documentation and of its tests.
  const sizes: [number, string][] = [
    [1000, '1kB'],
    [1024, '1.02kB'],
    [1_000_000, '1MB'],
    [1_048_576, '1.05MB'],
    [2_000_000, '2MB'],
    [3_420_000, '3.42MB'],
    [0, '0B'],
    [999, '999B'],
    [4_261_574, '4.26MB'],
    [999_999, '1MB'],
    [2 ** 53, '9.01PB'],
  ];
  for (const [bytes, text] of sizes) test(`${bytes} on disk is ${text}`, () => assert.equal(formatSize(bytes), text));

  const memory: [number, string][] = [
    [1024, '1KiB'],
    [1024 ** 2, '1MiB'],
    [2 * 1024 ** 2, '2MiB'],
    [3.42 * 1024 ** 3, '3.42GiB'],
    [5.372 * 1024 ** 4, '5.372TiB'],
    [2.22 * 1024 ** 5, '2.22PiB'],
    [0, '0B'],
    [1000, '1000B'],
    [1_048_575, '1MiB'],
    [10_240, '10KiB'],
  ];
  for (const [bytes, text] of memory)
    test(`${bytes} in memory is ${text}`, () => assert.equal(formatMemory(bytes), text));

  test('what is printed reads back within the digits that are printed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
        const back = parseSize(formatMemory(bytes));
        return Math.abs(back - bytes) <= Math.max(1, bytes * 0.0006);
      }),
    );
  });
});
