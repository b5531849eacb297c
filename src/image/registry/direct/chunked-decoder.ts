/** Longest line that tells a chunk's size or is a trailer. */
const LONGEST_LINE = 4096;

/** Takes the chunked transfer coding away (RFC 9112, 7.1). */
export class ChunkedDecoder {
  /** Of the chunk that is coming. */
  #left = 0;
  #line = '';
  #state: 'size' | 'content' | 'after content' | 'trailer' | 'done' = 'size';

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** The content in these bytes, in pieces of them. @throws Error for what is not coded so */
  push(bytes: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length && this.#state !== 'done'; ) {
      if (this.#state === 'content') {
        const piece = bytes.subarray(at, at + this.#left);
        pieces.push(piece);
        at += piece.length;
        this.#left -= piece.length;
        if (this.#left === 0) this.#state = 'after content';
      } else {
        const end = bytes.indexOf('\n', at);
        this.#line += bytes.toString('latin1', at, end < 0 ? bytes.length : end + 1);
        at = end < 0 ? bytes.length : end + 1;
        if (this.#line.length > LONGEST_LINE) throw wrong();
        if (end >= 0) this.#takeLine();
      }
    }
    return pieces;
  }

  #takeLine(): void {
    const line = this.#line;
    this.#line = '';
    if (!line.endsWith('\r\n')) throw wrong();
    if (this.#state === 'trailer') {
      if (line === '\r\n') this.#state = 'done';
    } else if (this.#state === 'after content') {
      if (line !== '\r\n') throw wrong();
      this.#state = 'size';
    } else {
      const [, digits] = /^([0-9a-f]{1,12})[ \t]*(?:;[^\r\n]*)?\r\n$/i.exec(line) ?? [];
      if (digits === undefined) throw wrong();
      this.#left = Number.parseInt(digits, 16);
      this.#state = this.#left === 0 ? 'trailer' : 'content';
    }
  }
}

function wrong(): Error {
  return new Error('what the server sends is not in the chunks that it announced');
}
