import { DBusReader } from './dbus-reader.ts';
import { DBusWriter } from './dbus-writer.ts';
import { splitSignature } from './signature.ts';
import { type DBusValue, isVariant } from './value.ts';

/** A method of an object of a service. */
export interface MethodCall {
  destination: string;
  path: string;
  interface: string;
  member: string;
  /** Of the arguments: `ss`. */
  signature?: string;
  args?: readonly DBusValue[];
}

/** What comes from the bus. */
export interface Message {
  type: 'call' | 'return' | 'error' | 'signal';
  replyTo: number;
  interface: string;
  member: string;
  errorName: string;
  args: readonly DBusValue[];
}

const TYPES = ['call', 'return', 'error', 'signal'] as const;
const FIELDS = { path: 1, interface: 2, member: 3, errorName: 4, replyTo: 5, destination: 6, signature: 8 } as const;
const FIXED = 16;
/** The largest message that there can be (D-Bus specification, "Message format"). */
const LARGEST = 2 ** 27;

export function encodeCall(serial: number, call: MethodCall): Buffer {
  const body = new DBusWriter();
  const { signature = '', args = [] } = call;
  for (const [index, type] of splitSignature(signature).entries()) body.write(type, args[index] ?? '');
  const bytes = body.bytes();
  const field = (code: number, type: string, value: string) => [code, { signature: type, value }] as const;
  const fields = [
    field(FIELDS.path, 'o', call.path),
    field(FIELDS.interface, 's', call.interface),
    field(FIELDS.member, 's', call.member),
    field(FIELDS.destination, 's', call.destination),
    ...(signature === '' ? [] : [field(FIELDS.signature, 'g', signature)]),
  ];
  const header = new DBusWriter();
  for (const byte of [0x6c, 1, 0, 1]) header.write('y', byte);
  header.write('u', bytes.length);
  header.write('u', serial);
  header.write('a(yv)', fields);
  header.align(8);
  return Buffer.concat([header.bytes(), bytes]);
}

/** How long the message at the beginning is; undefined while too little of it is there. @throws RangeError */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length < FIXED) return undefined;
  const read = (at: number) => (isLittle(bytes) ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const length = Math.ceil((FIXED + read(12)) / 8) * 8 + read(4);
  if (length > LARGEST) throw new RangeError('a D-Bus message is too long');
  return length;
}

/** @throws RangeError for what is no message */
export function decodeMessage(bytes: Buffer): Message {
  const header = new DBusReader(bytes, isLittle(bytes));
  const [, type = 0] = [header.read('y'), header.read('y'), header.read('y'), header.read('y')];
  header.read('u');
  header.read('u');
  const fields = new Map<DBusValue | undefined, DBusValue>();
  for (const field of asList(header.read('a(yv)'))) {
    const [code, value] = asList(field);
    if (value !== undefined && isVariant(value)) fields.set(code, value.value);
  }
  header.align(8);
  const body = new DBusReader(bytes.subarray(header.position), isLittle(bytes));
  const text = (code: number) => String(fields.get(code) ?? '');
  return {
    type: TYPES[Number(type) - 1] ?? 'signal',
    replyTo: Number(fields.get(FIELDS.replyTo) ?? 0),
    interface: text(FIELDS.interface),
    member: text(FIELDS.member),
    errorName: text(FIELDS.errorName),
    args: splitSignature(text(FIELDS.signature)).map((one) => body.read(one)),
  };
}

function isLittle(bytes: Buffer): boolean {
  return bytes[0] === 0x6c;
}

function asList(value: DBusValue): readonly DBusValue[] {
  return Array.isArray(value) ? value : [];
}
