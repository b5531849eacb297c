import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProblemList } from './problem.ts';
import {
  boolean,
  exactUint64,
  int32,
  int64,
  integer,
  matching,
  nonEmptyString,
  oneOf,
  shown,
  string,
  uint16,
  uint32,
  uint64,
  userOrGroupId,
} from './scalars.ts';
import type { Schema } from './schema.ts';

const NOT_NUMBERS = ['1', '', true, false, [], {}, [1], 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300];

const ACCEPTED: [string, Schema<unknown>, unknown[]][] = [
  ['string', string, ['', 'a', 'ä\n']],
  ['nonEmptyString', nonEmptyString, ['a']],
  ['oneOf', oneOf(['a', 'b']), ['a', 'b']],
  ['matching', matching(/^\d$/, 'a digit'), ['7']],
  ['boolean', boolean, [true, false]],
  ['integer', integer(-1, 1), [-1, 0, 1]],
  ['uint16', uint16, [0, 65_535]],
  ['uint32', uint32, [0, 4_294_967_295]],
  ['int32', int32, [-2_147_483_648, 2_147_483_647]],
  ['int64', int64, [-(2 ** 63), -1, 0, 2 ** 63]],
  ['uint64', uint64, [0, 2 ** 64]],
  ['exactUint64', exactUint64, [0, 2 ** 53, 2n ** 64n - 1n]],
  ['userOrGroupId', userOrGroupId, [0, 4_294_967_294]],
];

const REFUSED: [string, Schema<unknown>, unknown[]][] = [
  ['string', string, [1, true, null, [], {}, 'a\0b', '\0']],
  ['nonEmptyString', nonEmptyString, ['', 0]],
  ['oneOf', oneOf(['a', 'b']), ['', 'c', 'A', 'constructor', 1, ['a']]],
  ['matching', matching(/^\d$/, 'a digit'), ['', '77', 7]],
  ['boolean', boolean, [0, 1, 'true', null]],
  ['integer', integer(-1, 1), [-2, 2, ...NOT_NUMBERS]],
  ['uint16', uint16, [-1, 65_536, ...NOT_NUMBERS]],
  ['uint32', uint32, [-1, 4_294_967_296, ...NOT_NUMBERS]],
  ['int32', int32, [-2_147_483_649, 2_147_483_648, ...NOT_NUMBERS]],
  ['int64', int64, [2 ** 63 + 2048, -(2 ** 63) - 2048, ...NOT_NUMBERS]],
  ['uint64', uint64, [-1, -0.5, 2 ** 64 + 4096, ...NOT_NUMBERS]],
  ['exactUint64', exactUint64, [-1n, 2n ** 65n, ...NOT_NUMBERS]],
  ['userOrGroupId', userOrGroupId, [4_294_967_295, -1, 1000.5, ...NOT_NUMBERS]],
];

describe('scalars', () => {
  for (const [name, schema, values] of ACCEPTED) {
    for (const value of values) {
      test(`${name} takes ${shown(value)}`, () => {
        const problems = new ProblemList();
        assert.equal(schema(value, 'a', problems), value);
        assert.deepEqual(problems.problems, []);
      });
    }
  }

  for (const [name, schema, values] of REFUSED) {
    for (const value of values) {
      test(`${name} refuses ${shown(value)}`, () => {
        const problems = new ProblemList();
        assert.equal(schema(value, 'a.b', problems), undefined);
        assert.deepEqual(
          problems.problems.map(({ path }) => path),
          ['a.b'],
        );
      });
    }
  }

  test('a number that was kept exact becomes a number where no bit counts', () => {
    assert.equal(uint64(2n ** 64n - 1n, '', new ProblemList()), 2 ** 64);
  });
});

describe('shown', () => {
  test('escapes what could steer a terminal, and cuts what is long', () => {
    assert.equal(shown('\x1b[2J'), '"\\u001b[2J"');
    assert.equal(shown(['secret']), 'an array');
    assert.equal(shown({}), 'an object');
    assert.equal(shown(null), 'null');
    assert.equal(shown('\x9b\u202e'), '"\\u{9b}\\u{202e}"');
    assert.equal(shown('x'.repeat(1000)), `"${'x'.repeat(60)}"…`);
  });
});
