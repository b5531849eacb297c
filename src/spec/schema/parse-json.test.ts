import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../../base/index.ts';
import { parseJson } from './parse-json.ts';

const NAME = { document: 'config.json', code: 'SPEC_INVALID' };

describe('parseJson', () => {
  const exact: [string, unknown][] = [
    ['1', 1],
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['18446744073709551615', 18_446_744_073_709_551_615n],
    ['-9223372036854775808', -9_223_372_036_854_775_808n],
    [
      '{"a": [18446744073709551615, "18446744073709551615", 1e20, 0.12345678901234568]}',
      { a: [18_446_744_073_709_551_615n, '18446744073709551615', 1e20, 0.12345678901234568] },
    ],
  ];
  for (const [text, value] of exact) test(text, () => assert.deepEqual(parseJson(text, NAME), value));

  for (const text of ['', '{', '{"a": 1,}', 'undefined', '01', '{} x', '18446744073709551615 x']) {
    test(`'${text}' is not JSON`, () => {
      assert.throws(
        () => parseJson(text, NAME),
        (error) =>
          isKeelsonError(error, 'invalid') &&
          error.code === 'SPEC_INVALID' &&
          error.message.startsWith('config.json is not JSON') &&
          error.cause instanceof SyntaxError,
      );
    });
  }

  test('JSON that is nested deeper than the stack gives a value or an error of ours', () => {
    for (const number of ['1', '18446744073709551615']) {
      const text = '['.repeat(200_000) + number + ']'.repeat(200_000);
      try {
        assert.ok(Array.isArray(parseJson(text, NAME)));
      } catch (error) {
        assert.ok(isKeelsonError(error, 'invalid'));
      }
    }
  });

  test('whatever JSON.parse reads is read the same, but for what it rounds', () => {
    const rounded = (_key: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
    fc.assert(
      fc.property(fc.json(), (text) => {
        assert.equal(JSON.stringify(parseJson(text, NAME), rounded), JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});
