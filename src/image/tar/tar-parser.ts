import { describeEntry } from './describe-entry.ts';
import { decodePaxRecords } from './pax-records.ts';
import type { TarPart } from './tar-entry.ts';
import { tarError } from './tar-error.ts';
import type { TarHeader } from './tar-header.ts';
import { BLOCK, decodeHeader } from './tar-header.ts';

/** Longest long name or PAX header that is kept in memory; an attribute's value is at most 64 KiB (xattr(7)). */
const LARGEST_RECORD = 1 << 20;

const NOTHING = Buffer.alloc(0);

/** Headers that say something about the entry behind them: long name, long link, PAX records, PAX records for all. */
type RecordFlag = 'L' | 'K' | 'x' | 'g';

/**
 * Reads a tar archive (ustar, PAX, GNU and the old form) from chunks of any size, without ever holding a file's content.
 * Checks form only: what a name may be is the business of whoever acts on it.
 */
export class TarParser {
  /** What the records before an entry said about it. */
  #announced: Parameters<typeof describeEntry>[1] = {};
  #gathered: Buffer = NOTHING;
  /** Bytes still to gather: of a header block, or of a record with the zeros that fill its last block. */
  #missing = BLOCK;
  #record: { flag: RecordFlag; size: number } | undefined;
  /** Content still to come, and the zeros behind it. */
  #content = 0;
  #padding = 0;
  #zeroBlocks = 0;

  /** The parts that became known with this chunk. Content is a view of the chunk, not a copy. */
  *push(chunk: Buffer): Generator<TarPart> {
    for (let at = 0; at < chunk.length && this.#zeroBlocks < 2; ) {
      const wanted = this.#content || this.#padding || this.#missing;
      const piece = chunk.subarray(at, at + wanted);
      at += piece.length;
      if (this.#content > 0) {
        this.#content -= piece.length;
        yield { kind: 'content', bytes: piece };
        if (this.#content === 0) yield { kind: 'end' };
      } else if (this.#padding > 0) {
        this.#padding -= piece.length;
      } else {
        this.#missing -= piece.length;
        if (this.#missing === 0) yield* this.#take(this.#whole(piece));
        // The caller may use the chunk's memory again.
        else this.#gathered = Buffer.concat([this.#gathered, piece]);
      }
    }
  }

  /** To be called after the last chunk. An archive may lack the two blocks of zeros, but not end inside an entry. */
  finish(): void {
    if (this.#zeroBlocks === 2) return;
    const inside = this.#content > 0 || this.#padding > 0 || this.#record || this.#missing < BLOCK;
    if (inside || Object.keys(this.#announced).length > 0) throw tarError('ends in the middle of an entry');
  }

  /** What was gathered, with its last piece. A header is read at once, but parts of a record are kept. */
  #whole(piece: Buffer): Buffer {
    if (this.#gathered.length === 0 && !this.#record) return piece;
    const whole = Buffer.concat([this.#gathered, piece]);
    this.#gathered = NOTHING;
    return whole;
  }

  *#take(bytes: Buffer): Generator<TarPart> {
    const record = this.#record;
    this.#record = undefined;
    this.#missing = BLOCK;
    if (record) return this.#announce(record.flag, bytes.subarray(0, record.size));
    const header = decodeHeader(bytes);
    if (!header) {
      this.#zeroBlocks++;
      return;
    }
    if (this.#zeroBlocks > 0) throw tarError('goes on after its end');
    if (isRecord(header.flag)) this.#expect(header.flag, header);
    else yield* this.#begin(header);
  }

  #expect(flag: RecordFlag, { size }: TarHeader): void {
    if (size < 0 || size > LARGEST_RECORD) throw tarError(`a record in front of an entry has ${size} bytes`);
    if (size === 0) return;
    this.#record = { flag, size };
    this.#missing = size + paddingOf(size);
  }

  #announce(flag: RecordFlag, bytes: Buffer): void {
    const end = bytes.indexOf(0);
    if (flag === 'L') this.#announced.name = bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
    else if (flag === 'K') this.#announced.link = bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
    else if (flag === 'x') this.#announced.pax = decodePaxRecords(bytes);
    // `g` describes the archive as a whole (git writes its commit there): nothing that a layer needs.
  }

  *#begin(header: TarHeader): Generator<TarPart> {
    const entry = describeEntry(header, this.#announced);
    this.#announced = {};
    this.#content = entry.size;
    this.#padding = paddingOf(entry.size);
    yield { kind: 'entry', entry };
    if (entry.type === 'file' && entry.size === 0) yield { kind: 'end' };
  }
}

function isRecord(flag: string): flag is RecordFlag {
  return flag === 'L' || flag === 'K' || flag === 'x' || flag === 'g';
}

function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
