import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DBusReader } from './dbus-reader.ts';
import { DBusWriter } from './dbus-writer.ts';
import { decodeMessage, encodeCall, messageLength } from './message.ts';
import { splitSignature } from './signature.ts';
import type { DBusValue } from './value.ts';

function written(type: string, value: DBusValue, offset = 0): string {
  const writer = new DBusWriter();
  for (let at = 0; at < offset; at++) writer.write('y', 0);
  writer.write(type, value);
  return writer.bytes().subarray(offset).toString('hex');
}

describe('values on the wire', () => {
  // The D-Bus specification, "Marshaling": little-endian, each at a multiple of its size.
  const table: [type: string, DBusValue, hex: string, offset?: number][] = [
    ['y', 255, 'ff'],
    ['u', 1, '00000001000000', 1],
    ['x', -2n, 'feffffffffffffff'],
    ['t', 2n ** 64n - 1n, 'ffffffffffffffff'],
    ['b', true, '01000000'],
    ['d', 1, '000000000000f03f'],
    ['s', 'foo', '03000000666f6f00'],
    ['s', 'é', '02000000c3a900'],
    ['g', 'a(sv)', '0561287376' + '2900'],
    ['v', { signature: 'u', value: 7 }, '0175000007000000'],
    ['as', ['a', 'b'], '0e000000' + '010000006100' + '0000' + '010000006200'],
    ['ax', [5n], '080000000000000005000000' + '00000000'],
    ['ax', [], '0000000000000000'],
    ['ay', Uint8Array.of(1, 2), '020000000102'],
    ['(yu)', [1, 2], '0100000002000000'],
    ['a(ss)', [['a', 'b']], '0e00000000000000' + '010000006100' + '0000' + '010000006200'],
  ];
  for (const [type, value, hex, offset = 0] of table) {
    test(`${type} ${hex}`, () => {
      assert.equal(written(type, value, offset), hex);
      if (offset === 0) {
        const read = new DBusReader(Buffer.from(hex, 'hex')).read(type);
        assert.deepEqual(read instanceof Uint8Array ? Uint8Array.from(read) : read, value);
      }
    });
  }

  test('what is not of its type is refused', () => {
    const wrong: [string, DBusValue][] = [
      ['u', 'x'],
      ['s', 5],
      ['v', 5],
      ['as', 'a'],
      ['(ss)', ['a']],
      ['s', 'a\0b'],
      ['u', -1],
    ];
    for (const [type, value] of wrong) assert.throws(() => written(type, value), Error, type);
    for (const signature of ['z', 'a', '(s', 'a{s'])
      assert.throws(() => splitSignature(signature), RangeError, signature);
    assert.throws(() => new DBusReader(Buffer.from('ff00000061', 'hex')).read('s'), RangeError);
    assert.throws(() => new DBusReader(Buffer.from('ff00000061', 'hex')).read('as'), RangeError);
  });
});

/** What dbus-daemon 1.14 sends for a method that returned `s`: serial 3, reply to 1, in both orders of bytes. */
const REPLIES = [
  '6c020101' +
    '09000000' +
    '03000000' +
    '1d000000' +
    '0501750001000000' +
    '0801670001730000' +
    '0701730004000000' +
    '3a312e3100000000' +
    '04000000' +
    '3a312e3100',
  '42020101' +
    '00000009' +
    '00000003' +
    '0000001d' +
    '0501750000000001' +
    '0801670001730000' +
    '0701730000000004' +
    '3a312e3100000000' +
    '00000004' +
    '3a312e3100',
];

test('an answer is read in either order of bytes', () => {
  for (const reply of REPLIES.map((hex) => Buffer.from(hex, 'hex'))) {
    assert.equal(messageLength(reply.subarray(0, 15)), undefined);
    assert.equal(messageLength(reply), reply.length);
    const { type, replyTo, args } = decodeMessage(reply);
    assert.deepEqual({ type, replyTo, args }, { type: 'return', replyTo: 1, args: [':1.1'] });
  }
});

test('a call has its header, padding and body', () => {
  const call = { destination: 'a.b', path: '/a', interface: 'a.c', member: 'M', signature: 'su', args: ['x', 9] };
  const bytes = encodeCall(7, call);
  assert.equal(messageLength(bytes), bytes.length);
  assert.equal(bytes.subarray(0, 12).toString('hex'), '6c010001' + '0c000000' + '07000000');
  assert.equal(bytes.subarray(-12).toString('hex'), '0100000078000000' + '09000000');
  const { type, interface: of, member, args } = decodeMessage(bytes);
  assert.deepEqual({ type, of, member, args }, { type: 'call', of: 'a.c', member: 'M', args: ['x', 9] });
});

test('a length that no message has ends the connection, not the memory', () => {
  const bytes = Buffer.from('6c020101ffffffff0300000000000000', 'hex');
  assert.throws(() => messageLength(bytes), RangeError);
});
