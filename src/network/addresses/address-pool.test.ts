import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../../base/index.ts';
import { allocateAddress, gatewayOf, pairedAddress, reserveAddress } from './address-pool.ts';

const none = new Set<string>();

describe('addresses of a network', () => {
  test('begin behind the gateway', () => {
    assert.equal(gatewayOf('10.208.0.0/20'), '10.208.0.1');
    assert.equal(allocateAddress('10.208.0.0/20', none), '10.208.0.2');
    assert.equal(allocateAddress('fd00::/64', none), 'fd00::2');
  });

  test('go up from the last one, past what is taken, and begin anew at the end', () => {
    assert.equal(allocateAddress('10.0.0.0/29', none, '10.0.0.3'), '10.0.0.4');
    assert.equal(allocateAddress('10.0.0.0/29', new Set(['10.0.0.4', '10.0.0.5']), '10.0.0.3'), '10.0.0.6');
    assert.equal(allocateAddress('10.0.0.0/29', none, '10.0.0.6'), '10.0.0.2');
    assert.equal(allocateAddress('10.0.0.0/29', none, '192.168.0.1'), '10.0.0.2');
    assert.equal(allocateAddress('10.0.0.0/29', new Set(['10.0.0.6', '10.0.0.2']), '10.0.0.5'), '10.0.0.3');
  });

  test('are never given twice, until there is none', () => {
    const length = fc.integer({ min: 24, max: 30 });
    fc.assert(
      fc.property(length, fc.integer({ min: 0, max: 300 }), (bits, start) => {
        const subnet = `10.9.8.0/${bits}`;
        const usable = 2 ** (32 - bits) - 3;
        const taken = new Set<string>();
        let last = `10.9.8.${start % 256}`;
        for (let i = 0; i < usable; i++) {
          last = allocateAddress(subnet, taken, last);
          assert.ok(!taken.has(last) && last !== gatewayOf(subnet));
          taken.add(last);
        }
        assert.throws(
          () => allocateAddress(subnet, taken, last),
          (e) => isKeelsonError(e, 'exhausted'),
        );
      }),
      { numRuns: 40 },
    );
  });

  test('that somebody wants are checked', () => {
    assert.equal(reserveAddress('10.0.0.0/24', none, '10.0.0.77'), '10.0.0.77');
    assert.equal(reserveAddress('fd00::/64', none, 'FD00:0::9'), 'fd00::9');
    for (const wanted of ['10.0.1.2', '10.0.0.0', '10.0.0.1', '10.0.0.255', 'fd00::2', 'x']) {
      assert.throws(
        () => reserveAddress('10.0.0.0/24', none, wanted),
        (e) => isKeelsonError(e, 'invalid'),
        wanted,
      );
    }
    assert.throws(() => reserveAddress('fd00::/64', new Set(['fd00::9']), 'fd00::09'), { code: 'ADDRESS_TAKEN' });
  });

  test('of two families go in pairs', () => {
    assert.equal(pairedAddress('10.208.0.0/20', 'fd00::/64', '10.208.1.2'), 'fd00::102');
  });
});
