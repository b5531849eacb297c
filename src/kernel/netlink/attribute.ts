import { KeelsonError } from '../../base/index.ts';
import type { Embedded } from '../call.ts';
import { isValue } from '../call.ts';
import { NLA_TYPE_MASK } from '../constants/netlink.ts';
import type { Value } from '../value.ts';

/** Bytes of a message, some of which are numbers that only the kernel knows yet: a pid, a descriptor, an index. */
export interface MessagePart {
  bytes: Uint8Array;
  late: readonly Embedded[];
}

/** One attribute of a netlink message: a type and what it holds. */
export interface Attribute extends MessagePart {
  type: number;
}

export function bytesAttribute(type: number, bytes: Uint8Array): Attribute {
  return { type, bytes, late: [] };
}

export function u8Attribute(type: number, value: number): Attribute {
  return bytesAttribute(type, Uint8Array.of(value));
}

export function u16Attribute(type: number, value: number): Attribute {
  return bytesAttribute(type, Uint8Array.of(value & 0xff, value >> 8));
}

/** In network byte order, as ports and Ethernet types are. */
export function be16Attribute(type: number, value: number): Attribute {
  return bytesAttribute(type, Uint8Array.of(value >> 8, value & 0xff));
}

export function u32Attribute(type: number, value: number | Value): Attribute {
  return { type, ...u32(value) };
}

/** A C string, with its NUL. */
export function textAttribute(type: number, text: string): Attribute {
  return bytesAttribute(type, Buffer.from(`${text}\0`));
}

/** An attribute that holds attributes; `header` goes before them, as in VETH_INFO_PEER. */
export function nestedAttribute(type: number, attributes: readonly Attribute[], header?: MessagePart): Attribute {
  return { type, ...joinParts([...(header ? [header] : []), encodeAttributes(attributes)]) };
}

/** Four bytes that hold a number, known or to come. */
function u32(value: number | Value): MessagePart {
  const bytes = Buffer.alloc(4);
  if (isValue(value)) return { bytes, late: [{ at: 0, value }] };
  bytes.writeUInt32LE(value >>> 0);
  return { bytes, late: [] };
}

/** Puts parts one behind the other, each of them padded to 4 bytes (NLA_ALIGNTO). */
export function joinParts(parts: readonly MessagePart[]): MessagePart {
  const late: Embedded[] = [];
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const part of parts) {
    for (const embedded of part.late) late.push({ ...embedded, at: embedded.at + at });
    const padding = -part.bytes.length & 3;
    chunks.push(part.bytes, new Uint8Array(padding));
    at += part.bytes.length + padding;
  }
  return { bytes: Buffer.concat(chunks), late };
}

/** struct nlattr: length without the padding, type, payload. */
export function encodeAttributes(attributes: readonly Attribute[]): MessagePart {
  return joinParts(
    attributes.map(({ type, bytes, late }) => {
      const header = Buffer.alloc(4);
      header.writeUInt16LE(4 + bytes.length, 0);
      header.writeUInt16LE(type, 2);
      return { bytes: Buffer.concat([header, bytes]), late: late.map((e) => ({ ...e, at: e.at + 4 })) };
    }),
  );
}

/**
 * Reads attributes into type → payload; flags on the type are dropped, and of equal types the last one counts, as in the kernel.
 * @throws KeelsonError `NETLINK_MALFORMED` for lengths that lead outside
 */
export function decodeAttributes(bytes: Buffer): Map<number, Buffer> {
  return new Map(decodeAttributeList(bytes));
}

/** Like {@link decodeAttributes}, for lists in which a type stands more than once. */
export function decodeAttributeList(bytes: Buffer): [number, Buffer][] {
  const found: [number, Buffer][] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < 4 || at + length > bytes.length) throw malformed('an attribute');
    found.push([bytes.readUInt16LE(at + 2) & NLA_TYPE_MASK, bytes.subarray(at + 4, at + length)]);
    at += (length + 3) & ~3;
  }
  return found;
}

export function malformed(what: string): KeelsonError {
  return new KeelsonError('internal', `${what} of a netlink message has an impossible length`, {
    code: 'NETLINK_MALFORMED',
  });
}
