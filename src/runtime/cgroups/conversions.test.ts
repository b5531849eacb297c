import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MAX_SHARES, MIN_SHARES, weightFromShares } from './cpu-weight.ts';
import { ioWeight } from './io-weight.ts';
import { decimal, limitV1, limitV2 } from './limit-text.ts';
import { swapAlone } from './settings/memory-settings.ts';

describe('cpu.weight from cpu.shares', () => {
  // 170 of 2000 is what runc 1.4.0-rc.1 gives (opencontainers/runc#4896); 39 of 1024 was the mistake before.
  for (const [shares, weight] of [
    [0, 1],
    [2, 1],
    [1024, 100],
    [2000, 170],
    [262_144, 10_000],
    [1e9, 10_000],
  ] as const) {
    test(`${shares} is ${weight}`, () => assert.equal(weightFromShares(shares), weight));
  }

  test('more shares are never less weight, and every weight is one the kernel takes', () => {
    let last = 1;
    for (let shares = MIN_SHARES; shares <= MAX_SHARES; shares++) {
      const weight = weightFromShares(shares);
      assert.ok(Number.isInteger(weight) && weight >= last && weight <= 10_000, `${shares} shares are ${weight}`);
      last = weight;
    }
  });
});

test('io.weight from a weight of BFQ: from end to end, never falling', () => {
  assert.deepEqual([10, 100, 500, 1000].map(ioWeight), [1, 910, 4950, 10_000]);
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 999 }), (weight) => {
      const [low, high] = [ioWeight(weight), ioWeight(weight + 1)];
      return Number.isInteger(low) && low >= 1 && low <= high && high <= 10_000;
    }),
  );
});

describe('the swap limit of v2', () => {
  test('is what is left above memory', () => {
    const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(size, size, (limit, more) => {
        const swap = Math.min(limit + more, Number.MAX_SAFE_INTEGER);
        return swapAlone({ limit, swap }) === swap - Math.min(limit, swap);
      }),
    );
  });

  test('unlimited, unset, and with unlimited memory', () => {
    assert.equal(swapAlone({}), undefined);
    assert.equal(swapAlone({ limit: 5 }), undefined);
    assert.equal(swapAlone({ limit: 5, swap: -1 }), -1);
    assert.equal(swapAlone({ limit: 5, swap: 5 }), 0);
    // As on v1, where lifting one lifts the other.
    assert.equal(swapAlone({ limit: -1 }), -1);
    assert.equal(swapAlone({ limit: -1, swap: 7 }), 7);
  });

  test('is refused without memory, or below it', () => {
    const expected = { kind: 'invalid', code: 'CGROUP_SWAP_LIMIT' };
    assert.throws(() => swapAlone({ swap: 7 }), expected);
    assert.throws(() => swapAlone({ limit: 8, swap: 7 }), expected);
  });
});

test('numbers are written in all their digits, and none is above what the kernel reads', () => {
  assert.equal(decimal(2 ** 62), '4611686018427387904');
  assert.equal(limitV1(2 ** 63 - 4096), '9223372036854771712');
  for (const none of [-1, 2 ** 63, 2 ** 64]) {
    assert.equal(limitV1(none), '-1');
    assert.equal(limitV2(none), 'max');
  }
  fc.assert(fc.property(fc.maxSafeNat(), (n) => limitV1(n) === String(n) && limitV2(n) === String(n)));
});
