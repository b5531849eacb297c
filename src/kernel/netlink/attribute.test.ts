import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../../base/index.ts';
import { RecordingKernel } from '../recording-kernel.ts';
import type { Attribute } from './attribute.ts';
import {
  bytesAttribute,
  decodeAttributes,
  encodeAttributes,
  nestedAttribute,
  textAttribute,
  u32Attribute,
} from './attribute.ts';
import { decodeMessages, encodeMessage } from './message.ts';

const decode = (attributes: readonly Attribute[]) => decodeAttributes(Buffer.from(encodeAttributes(attributes).bytes));

describe('netlink attributes', () => {
  test('what is written is read back', () => {
    const one = fc.tuple(fc.integer({ min: 0, max: 0x3fff }), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: ([type]) => type, maxLength: 12 }), (entries) => {
        const read = decode(entries.map(([type, bytes]) => bytesAttribute(type, bytes)));
        assert.deepEqual(
          [...read].map(([type, bytes]) => [type, Uint8Array.from(bytes)]),
          entries,
        );
      }),
    );
  });

  test('nested ones too, at any depth', () => {
    const inner = decode([nestedAttribute(7, [nestedAttribute(1, [textAttribute(3, 'eth0'), u32Attribute(4, 1500)])])]);
    const middle = decodeAttributes(decodeAttributes(inner.get(7) ?? Buffer.alloc(0)).get(1) ?? Buffer.alloc(0));
    assert.equal(middle.get(3)?.toString(), 'eth0\0');
    assert.equal(middle.get(4)?.readUInt32LE(0), 1500);
  });

  test('a number to come keeps its place through nesting and headers', () => {
    const pid = new RecordingKernel({ answer: () => 77 }).getpid();
    const nested = nestedAttribute(2, [textAttribute(3, 'abcde'), nestedAttribute(1, [u32Attribute(19, pid)])]);
    const request = {
      type: 16,
      header: { bytes: new Uint8Array(16), late: [] },
      attributes: [textAttribute(3, 'x'), nested],
      purpose: '',
      subject: '',
    };
    const { bytes, late } = encodeMessage(request, 1, 2);
    const [embedded] = late;
    assert.ok(embedded && late.length === 1);
    assert.equal(embedded.value, pid);
    const written = Buffer.from(bytes);
    written.writeUInt32LE(77, embedded.at);
    const [message] = decodeMessages(written);
    const outer = decodeAttributes(message?.payload.subarray(16) ?? Buffer.alloc(0));
    const inside = decodeAttributes(decodeAttributes(outer.get(2) ?? Buffer.alloc(0)).get(1) ?? Buffer.alloc(0));
    assert.equal(inside.get(19)?.readUInt32LE(0), 77);
  });

  test('lengths that lead outside are refused, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        for (const read of [decodeAttributes, decodeMessages]) {
          try {
            read(Buffer.from(bytes));
          } catch (error) {
            assert.ok(isKeelsonError(error) && error.code === 'NETLINK_MALFORMED', String(error));
          }
        }
      }),
      { numRuns: 2000 },
    );
    for (const hex of ['0300 0100', '0900 0100 00000000', 'ffff 0100 00000000']) {
      assert.throws(() => decodeAttributes(Buffer.from(hex.replaceAll(' ', ''), 'hex')), { code: 'NETLINK_MALFORMED' });
    }
  });
});
