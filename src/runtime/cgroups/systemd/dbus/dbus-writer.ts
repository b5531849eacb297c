import { alignmentOf, membersOf } from './signature.ts';
import { type DBusValue, isVariant } from './value.ts';

/** Writes values as D-Bus sends them, in little-endian order. */
export class DBusWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  bytes(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }

  align(to: number): void {
    this.#add(Buffer.alloc((to - (this.#length % to)) % to));
  }

  /** @throws TypeError for a value that is not of the type */
  write(type: string, value: DBusValue): void {
    this.align(alignmentOf(type));
    const kind = type[0] ?? '';
    if (kind === 'a') this.#array(type.slice(1), value);
    else if (kind === '(' || kind === '{') this.#structure(type, value);
    else if (kind === 'v') this.#variant(value);
    else if (typeof value === 'string') this.#text(kind, value);
    else if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
      this.#add(number(kind, value));
    } else throw mismatch(type, value);
  }

  /** The length does not count what aligns the first element. */
  #array(element: string, value: DBusValue): void {
    const at = this.#parts.length;
    this.#add(Buffer.alloc(4));
    this.align(alignmentOf(element));
    const start = this.#length;
    if (value instanceof Uint8Array && element === 'y') this.#add(Buffer.from(value));
    else for (const item of listOf(element, value)) this.write(element, item);
    this.#parts[at]?.writeUInt32LE(this.#length - start);
  }

  #structure(type: string, value: DBusValue): void {
    const items = listOf(type, value);
    const members = membersOf(type);
    if (items.length !== members.length) throw mismatch(type, value);
    for (const [index, item] of items.entries()) this.write(members[index] ?? '', item);
  }

  #variant(value: DBusValue): void {
    if (!isVariant(value)) throw mismatch('v', value);
    this.#text('g', value.signature);
    this.write(value.signature, value.value);
  }

  #text(kind: string, text: string): void {
    const bytes = Buffer.from(`${text}\0`);
    if (!'sog'.includes(kind) || text.includes('\0')) throw mismatch(kind, text);
    const length = Buffer.alloc(kind === 'g' ? 1 : 4);
    length.writeUIntLE(bytes.length - 1, 0, length.length);
    this.#add(length);
    this.#add(bytes);
  }

  #add(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}

function listOf(type: string, value: DBusValue): readonly DBusValue[] {
  if (Array.isArray(value)) return value;
  throw mismatch(type, value);
}

function number(kind: string, value: number | bigint | boolean): Buffer {
  const bytes = Buffer.alloc(alignmentOf(kind));
  if (kind === 'y') bytes.writeUInt8(Number(value));
  else if (kind === 'n') bytes.writeInt16LE(Number(value));
  else if (kind === 'q') bytes.writeUInt16LE(Number(value));
  else if (kind === 'i') bytes.writeInt32LE(Number(value));
  else if (kind === 'u' || kind === 'b') bytes.writeUInt32LE(Number(value));
  else if (kind === 'x') bytes.writeBigInt64LE(BigInt(value));
  else if (kind === 't') bytes.writeBigUInt64LE(BigInt(value));
  else if (kind === 'd') bytes.writeDoubleLE(Number(value));
  else throw mismatch(kind, value);
  return bytes;
}

function mismatch(type: string, value: DBusValue): TypeError {
  return new TypeError(`a value of D-Bus type ${type} cannot be ${typeof value === 'object' ? 'that' : String(value)}`);
}
