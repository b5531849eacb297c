import type { ByteString } from './tar-entry.ts';
import { tarError } from './tar-error.ts';

export const BLOCK = 512;

const ZEROS = Buffer.alloc(BLOCK);

/** One header block as recorded, before long names and PAX records are applied; see tar(5). */
export interface TarHeader {
  name: ByteString;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Seconds. */
  mtime: number;
  /** The type flag: `0`, `5`, `x`, … */
  flag: string;
  link: ByteString;
  deviceMajor: number;
  deviceMinor: number;
}

/** Reads one block; undefined for a block of zeros, which ends an archive. */
export function decodeHeader(block: Buffer): TarHeader | undefined {
  if (isZero(block)) return undefined;
  const checksum = number(block, 148, 8, 'checksum');
  if (checksum !== sum(block)) throw tarError('a header has a wrong checksum');
  const magic = block.toString('latin1', 257, 265);
  const prefix = magic === 'ustar\u000000' ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  const hasDevice = magic.startsWith('ustar');
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(block, 100, 8, 'mode') & 0o7777,
    uid: number(block, 108, 8, 'uid'),
    gid: number(block, 116, 8, 'gid'),
    size: number(block, 124, 12, 'size'),
    mtime: number(block, 136, 12, 'mtime'),
    flag: String.fromCharCode(block[156] ?? 0),
    link: text(block, 157, 100),
    deviceMajor: hasDevice ? number(block, 329, 8, 'device number') : 0,
    deviceMinor: hasDevice ? number(block, 337, 8, 'device number') : 0,
  };
}

function isZero(block: Buffer): boolean {
  return block[0] === 0 && block.equals(ZEROS);
}

/** Sum of all bytes, with the checksum's own eight taken as spaces. */
function sum(block: Buffer): number {
  let total = 8 * 0x20;
  for (let i = 0; i < 148; i++) total += block[i] ?? 0;
  for (let i = 156; i < BLOCK; i++) total += block[i] ?? 0;
  return total;
}

function text(block: Buffer, at: number, size: number): ByteString {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end < 0 || end > at + size ? at + size : end);
}

/** Octal text, or, with the highest bit set, a big-endian two's complement number (a GNU and star extension). */
function number(block: Buffer, at: number, size: number, field: string): number {
  const first = block[at] ?? 0;
  if (first & 0x80) return binaryNumber(block, at, size, field);
  return plainNumber(block, at, size) ?? unusualNumber(block, at, size, field);
}

/** Digits up to a NUL or space, as nearly all archives have them; without making text of each of ten thousands. */
function plainNumber(block: Buffer, at: number, size: number): number | undefined {
  let value = 0;
  for (let i = at; i < at + size; i++) {
    const digit = (block[i] ?? 0) - 0x30;
    if (digit >= 0 && digit <= 7) value = value * 8 + digit;
    else return i > at && (digit === -0x30 || (digit === -0x10 && i === at + size - 1)) ? value : undefined;
  }
  return value;
}

function unusualNumber(block: Buffer, at: number, size: number, field: string): number {
  const digits = text(block, at, size).trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw tarError(`a header has no number as its ${field}`);
  return Number.parseInt(digits, 8);
}

function binaryNumber(block: Buffer, at: number, size: number, field: string): number {
  const negative = ((block[at] ?? 0) & 0x40) !== 0;
  let value = negative ? -1n : 0n;
  for (let i = 0; i < size; i++) {
    const byte = block[at + i] ?? 0;
    value = (value << 8n) | BigInt(i === 0 && !negative ? byte & 0x7f : byte);
  }
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
    throw tarError(`a header's ${field} is too large`);
  }
  return Number(value);
}
