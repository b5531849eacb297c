import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from './error.ts';
import { formatIp, parseIp } from './ip-address.ts';
import { addressAt, formatPrefix, networkOf, offsetOf, parsePrefix, prefixesOverlap, prefixSize } from './ip-prefix.ts';

describe('IP prefixes', () => {
  test('are read and written', () => {
    for (const text of ['10.0.0.1/8', '0.0.0.0/0', 'fd00::1/64', '::/0', '1.2.3.4/32']) {
      assert.equal(formatPrefix(parsePrefix(text)), text);
    }
    assert.equal(formatPrefix(parsePrefix('10.0.0.1')), '10.0.0.1/32');
    assert.equal(formatPrefix(parsePrefix('fd00::1')), 'fd00::1/128');
  });

  for (const text of [
    '',
    '/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/08',
    'fd00::/129',
    '10.0.0.0/-1',
    '10.0.0/8',
    '1.2.3.4/8/8',
  ]) {
    test(`'${text}' is refused`, () => {
      assert.throws(
        () => parsePrefix(text),
        (error) => isKeelsonError(error, 'invalid'),
      );
    });
  }

  test('know their network and their size', () => {
    assert.equal(formatPrefix(networkOf(parsePrefix('10.213.31.7/20'))), '10.213.16.0/20');
    assert.equal(formatPrefix(networkOf(parsePrefix('fd00:1:2:3:4::9/64'))), 'fd00:1:2:3::/64');
    assert.equal(formatPrefix(networkOf(parsePrefix('1.2.3.4/0'))), '0.0.0.0/0');
    assert.equal(prefixSize(parsePrefix('10.0.0.0/20')), 4096n);
    assert.equal(prefixSize(parsePrefix('::/0')), 1n << 128n);
  });

  test('number their addresses', () => {
    const pool = parsePrefix('10.213.0.1/20');
    assert.equal(formatIp(addressAt(pool, 258n)), '10.213.1.2');
    assert.equal(offsetOf(pool, parseIp('10.213.1.2')), 258n);
    assert.equal(offsetOf(pool, parseIp('10.213.16.0')), undefined);
    assert.equal(offsetOf(pool, parseIp('10.212.255.255')), undefined);
    assert.equal(offsetOf(pool, parseIp('::1')), undefined);
  });

  test('overlap when one holds the other', () => {
    const overlap = (a: string, b: string) => prefixesOverlap(parsePrefix(a), parsePrefix(b));
    assert.equal(overlap('10.0.0.0/8', '10.213.0.0/20'), true);
    assert.equal(overlap('10.213.0.0/20', '10.0.0.0/8'), true);
    assert.equal(overlap('10.213.0.0/20', '10.213.16.0/20'), false);
    assert.equal(overlap('0.0.0.0/0', '10.0.0.0/8'), true);
    assert.equal(overlap('0.0.0.0/0', '::/0'), false);
  });

  test('an address and its number lead to each other', () => {
    const prefix = fc.record({
      bytes: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      length: fc.integer({ min: 0, max: 128 }),
    });
    fc.assert(
      fc.property(prefix, fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (p, n) => {
        const offset = n % prefixSize(p);
        assert.equal(offsetOf(p, addressAt(p, offset)), offset);
      }),
    );
  });
});
