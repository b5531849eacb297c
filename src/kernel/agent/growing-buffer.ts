/** Bytes that are written piece by piece, little-endian. What is reserved reads as zero. */
export class GrowingBuffer {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.alloc(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Takes back what was written behind `length`. */
  set length(length: number) {
    this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }

  /** Makes room; gives the offset at which it starts. */
  reserve(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(this.#length, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }

  align(): void {
    this.reserve(-this.#length & 7);
  }

  append(bytes: Uint8Array): number {
    const at = this.reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return at;
  }

  appendText(text: string): number {
    // Room for the longest form of it, of which is given back what is not needed: nothing was written there.
    const at = this.reserve(3 * text.length);
    this.#length = at + this.#bytes.write(text, at);
    return at;
  }

  set8(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  set16(at: number, value: number): void {
    this.#bytes.writeUInt16LE(value, at);
  }

  /** Negative numbers as their two's complement. */
  set32(at: number, value: number): void {
    this.#bytes.writeUInt32LE(value >>> 0, at);
  }

  addTo32(at: number, value: number): void {
    this.#bytes.writeUInt32LE(this.#bytes.readUInt32LE(at) + value, at);
  }

  /** 64 bits; negative numbers as their two's complement. Errors: RangeError for a number that is no safe integer. */
  setNumber(at: number, value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
      return;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no number that a system call can take`);
    this.#bytes.writeUInt32LE(value >>> 0, at);
    this.#bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000) >>> 0, at + 4);
  }

  copyTo(target: Buffer, at: number): void {
    this.#bytes.copy(target, at, 0, this.#length);
  }
}
