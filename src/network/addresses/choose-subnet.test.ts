import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKeelsonError } from '../../base/index.ts';
import { chooseSubnet } from './choose-subnet.ts';

describe('a new network', () => {
  test('keeps away from what the host reaches, larger or smaller', () => {
    assert.equal(chooseSubnet(4, []), '10.208.0.0/20');
    assert.equal(chooseSubnet(4, ['10.208.15.255']), '10.208.16.0/20');
    assert.equal(chooseSubnet(4, ['10.208.0.0/15', '192.168.0.0/16', 'fd00::/8']), '10.210.0.0/20');
    assert.equal(chooseSubnet(6, ['fd6b:6565:6c73:6f00::/63', '10.0.0.0/8']), 'fd6b:6565:6c73:6f02::/64');
  });

  test('cannot be had where everything is routed', () => {
    assert.throws(
      () => chooseSubnet(4, ['10.0.0.0/8']),
      (error) => isKeelsonError(error, 'exhausted'),
    );
  });
});
