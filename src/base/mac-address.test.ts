import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKeelsonError } from './error.ts';
import { formatMac, isUnicastMac, parseMac } from './mac-address.ts';

describe('MAC addresses', () => {
  test('are read and written', () => {
    assert.equal(formatMac(parseMac('02:42:0A:d5:00:02')), '02:42:0a:d5:00:02');
    assert.equal(formatMac(parseMac('92-d0-c6-0a-29-33')), '92:d0:c6:0a:29:33');
  });

  for (const text of [
    '',
    '02:42:0a:d5:00',
    '02:42:0a:d5:00:02:03',
    '0242.0ad5.0002',
    'g2:42:0a:d5:00:02',
    '2:42:0a:d5:00:02',
  ]) {
    test(`'${text}' is refused`, () => {
      assert.throws(
        () => parseMac(text),
        (error) => isKeelsonError(error, 'invalid'),
      );
    });
  }

  test('of a group or of nobody cannot be an interface', () => {
    const unicast = (text: string) => isUnicastMac(parseMac(text));
    assert.deepEqual(
      ['02:42:0a:d5:00:02', '01:00:5e:00:00:01', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00'].map(unicast),
      [true, false, false, false],
    );
  });
});
