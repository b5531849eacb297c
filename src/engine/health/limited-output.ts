/** What Docker keeps of what a probe prints. */
const LONGEST = 4096;

/** The first bytes of what a program prints to several streams; the rest is counted and thrown away. */
export class LimitedOutput {
  readonly #chunks: Buffer[] = [];
  #room = LONGEST;
  #isCut = false;

  add(chunk: Buffer): void {
    if (chunk.length > this.#room) this.#isCut = true;
    const kept = chunk.subarray(0, this.#room);
    this.#room -= kept.length;
    // A copy: the chunk may be a small part of much memory.
    if (kept.length > 0) this.#chunks.push(Buffer.from(kept));
  }

  /** With three dots where something is missing. */
  toString(): string {
    return `${Buffer.concat(this.#chunks)}${this.#isCut ? '...' : ''}`;
  }
}
