import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { interfaceKey, publishedKey, targetData } from './firewall-keys.ts';

const hex = ({ bytes }: { bytes: Uint8Array }) => Buffer.from(bytes).toString('hex');

// As nft 1.0.6 sends them for `udp . 81 : 10.0.0.3 . 8081` and "keelson0".
describe('keys of the firewall', () => {
  test('are laid out as nft lays them out', () => {
    assert.equal(hex(publishedKey('udp', 81)), '1100000000510000');
    assert.equal(hex(targetData(Uint8Array.of(10, 0, 0, 3), 8081)), '0a0000031f910000');
    assert.equal(hex(interfaceKey('keelson0')), `6b65656c736f6e30${'00'.repeat(8)}`);
    assert.equal(hex(publishedKey('tcp', 8080, Uint8Array.of(127, 0, 0, 1))), '7f000001060000001f900000');
  });

  test('of two interfaces stand side by side', () => {
    assert.equal(interfaceKey('a', 'b').bytes.length, 32);
  });
});
