import assert from 'node:assert/strict';
import { test } from 'node:test';
import { criuAnswer, criuRequest, REQUEST_TYPES } from './criu-messages.ts';
import { bool, int32, message, nested, repeated, text, uint32 } from './protobuf.ts';

const inner = message({ a: int32(1) });
const all = message({
  number: int32(1),
  text: text(2),
  inner: nested(3, inner),
  many: repeated(text(4)),
  yes: bool(5),
  big: uint32(38),
});
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('the bytes are those of the encoding guide (protobuf.dev)', () => {
  assert.equal(hex(all.encode({ number: 150 })), '089601');
  assert.equal(hex(all.encode({ text: 'testing' })), '120774657374696e67');
  assert.equal(hex(all.encode({ inner: { a: 150 } })), '1a03089601');
  assert.equal(hex(all.encode({ number: -2 })), '08feffffffffffffffff01');
  assert.equal(hex(all.encode({ many: ['a', 'b'], yes: false })), '2201612201622800');
  assert.equal(hex(all.encode({ big: 0x40000000 })), 'b0028080808004');
});

test('what was written is read, and fields that nobody knows are passed over', () => {
  const value = { number: -1, text: 'ä', inner: { a: 7 }, many: ['x', 'y'], yes: true, big: 2 ** 32 - 1 };
  assert.deepEqual(all.decode(all.encode(value)), value);
  assert.deepEqual(message({ text: text(2) }).decode(all.encode(value)), { text: 'ä' });
  // Of another type than ours: not taken for what it is not.
  assert.deepEqual(message({ text: int32(2) }).decode(all.encode(value)), {});
});

test('what is cut off is an error', () => {
  assert.throws(() => all.decode(Buffer.from('1207746573', 'hex')), RangeError);
  assert.throws(() => all.decode(Buffer.from('08', 'hex')), RangeError);
});

test('an answer of criu 3.17 is understood', () => {
  const version = criuAnswer.decode(Buffer.from('080a10015206080310112001', 'hex'));
  assert.deepEqual(version, {
    type: REQUEST_TYPES.VERSION,
    success: true,
    version: { major_number: 3, minor_number: 17, sublevel: 1 },
  });
  assert.equal(hex(criuRequest.encode({ type: REQUEST_TYPES.VERSION, keep_open: true })), '080a2001');
});
