import { alignmentOf, membersOf } from './signature.ts';
import type { DBusValue } from './value.ts';

/** Reads values as D-Bus sends them. */
export class DBusReader {
  readonly #bytes: Buffer;
  readonly #little: boolean;
  #at = 0;

  constructor(bytes: Buffer, little = true) {
    this.#bytes = bytes;
    this.#little = little;
  }

  get position(): number {
    return this.#at;
  }

  align(to: number): void {
    this.#at = Math.ceil(this.#at / to) * to;
  }

  /** @throws RangeError when there is not enough */
  read(type: string): DBusValue {
    this.align(alignmentOf(type));
    switch (type[0]) {
      case 'a':
        return this.#array(type.slice(1));
      case '(':
      case '{':
        return membersOf(type).map((member) => this.read(member));
      case 'v': {
        const signature = this.#text(1);
        return { signature, value: this.read(signature) };
      }
      case 's':
      case 'o':
        return this.#text(4);
      case 'g':
        return this.#text(1);
      case 'b':
        return this.#number('u') === 1;
      default:
        return this.#number(type);
    }
  }

  #array(element: string): DBusValue {
    const length = Number(this.#number('u'));
    this.align(alignmentOf(element));
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('an array of a D-Bus message is longer than the message');
    if (element === 'y') return this.#take(length);
    const items: DBusValue[] = [];
    while (this.#at < end) items.push(this.read(element));
    return items;
  }

  #text(lengthBytes: 1 | 4): string {
    const length = Number(this.#number(lengthBytes === 1 ? 'y' : 'u'));
    const text = this.#take(length).toString();
    this.#at++;
    return text;
  }

  #number(type: string): number | bigint {
    const bytes = this.#take(alignmentOf(type));
    const ordered = this.#little ? bytes : Buffer.from(bytes).reverse();
    switch (type) {
      case 'y':
        return ordered.readUInt8();
      case 'n':
        return ordered.readInt16LE();
      case 'q':
        return ordered.readUInt16LE();
      case 'i':
        return ordered.readInt32LE();
      case 'u':
      case 'h':
        return ordered.readUInt32LE();
      case 'x':
        return ordered.readBigInt64LE();
      case 't':
        return ordered.readBigUInt64LE();
      case 'd':
        return ordered.readDoubleLE();
      default:
        throw new RangeError(`'${type}' is no type of D-Bus`);
    }
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('a D-Bus message ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
