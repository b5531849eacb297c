import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from './error.ts';
import { formatIp, isLoopbackIp, parseIp, tryParseIp } from './ip-address.ts';

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');

describe('IP addresses', () => {
  const good: [string, string, string][] = [
    ['10.213.0.2', '0ad50002', '10.213.0.2'],
    ['::', '0'.repeat(32), '::'],
    ['::1', `${'0'.repeat(31)}1`, '::1'],
    ['FD00:0:0::2', `fd00${'0'.repeat(27)}2`.padEnd(32, '0'), 'fd00::2'],
    ['1:0:0:2:0:0:0:3', '00010000000000020000000000000003', '1:0:0:2::3'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
    ['1:0:3:4:5:6:7:8', '00010000000300040005000600070008', '1:0:3:4:5:6:7:8'],
    ['1::', `0001${'0'.repeat(28)}`, '1::'],
    ['::ffff:10.0.0.1', `${'0'.repeat(20)}ffff0a000001`, '::ffff:10.0.0.1'],
  ];
  for (const [text, bytes, canonical] of good) {
    test(`reads ${text}`, () => {
      assert.equal(hex(tryParseIp(text)), bytes);
      assert.equal(formatIp(parseIp(text)), canonical);
    });
  }

  const bad = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '1.2.3.4/8',
    ':',
    ':::',
    '1:2',
    '::1::',
    '12345::',
    ':1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:',
    '1.2.3.4::',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:8:9',
    'x',
  ];
  for (const text of bad) {
    test(`refuses '${text}'`, () => {
      assert.equal(tryParseIp(text), undefined);
      assert.throws(
        () => parseIp(text),
        (error) => isKeelsonError(error, 'invalid'),
      );
    });
  }

  test('agrees with Node on which texts are addresses', () => {
    const piece = fc.constantFrom('0', '1', '10', 'ff', 'FFFF', '255', '256', ':', '::', '.', '1.2.3.4', '');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
        const text = pieces.join('');
        assert.equal(tryParseIp(text)?.length, isIPv4(text) ? 4 : isIPv6(text) ? 16 : undefined, text);
      }),
      { numRuns: 5000 },
    );
  });

  test('what is written is read back', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 16, maxLength: 16 }).map((a) => Uint8Array.from(a)),
    );
    fc.assert(fc.property(bytes, (address) => assert.deepEqual(parseIp(formatIp(address)), address)));
  });

  test('knows the loopback addresses', () => {
    assert.deepEqual(
      ['127.0.0.1', '127.9.9.9', '::1', '128.0.0.1', '::2'].map((t) => isLoopbackIp(parseIp(t))),
      [true, true, true, false, false],
    );
  });
});
