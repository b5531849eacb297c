import { invalid } from './invalid.ts';

/** 4 or 6, as in IPv4 and IPv6. */
export type IpFamily = 4 | 6;

/**
 * Reads an address: dotted quad without leading zeros, or IPv6 in any form of RFC 4291; no zone, no prefix length.
 * @returns 4 or 16 bytes, or undefined when the text is no address
 */
export function tryParseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIp6(text) : parseIp4(text);
}

/** Like {@link tryParseIp}. @throws KeelsonError `IP_ADDRESS_INVALID` */
export function parseIp(text: string): Uint8Array {
  const bytes = tryParseIp(text);
  if (!bytes) throw invalid('IP_ADDRESS_INVALID', `invalid IP address: '${text}'`, 'for example 10.0.0.2 or fd00::2');
  return bytes;
}

/** The address in its canonical form: RFC 5952 for IPv6. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  if (groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff) return `::ffff:${bytes.slice(12).join('.')}`;
  const { start, length } = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

export function ipFamily(bytes: Uint8Array): IpFamily {
  return bytes.length === 4 ? 4 : 6;
}

/** Is it an address of the host itself: 127.0.0.0/8 or ::1? */
export function isLoopbackIp(bytes: Uint8Array): boolean {
  return bytes.length === 4 ? bytes[0] === 127 : formatIp(bytes) === '::1';
}

function parseIp4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  // inet_aton(3) reads 010 as octal: a leading zero means one thing here and another there, so none is taken.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIp6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const known = head.length + (tail?.length ?? 0);
  if (halves.length === 1 ? known !== 16 : known > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail ?? [], 16 - (tail?.length ?? 0));
  return bytes;
}

/** The bytes of `fd00:1` or `ffff:10.0.0.1`; a dotted quad may only come last. */
function parseGroups(text: string, half: number, halves: readonly string[]): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const bytes: number[] = [];
  for (const [index, part] of parts.entries()) {
    const quad = index === parts.length - 1 && half === halves.length - 1 ? parseIp4(part) : undefined;
    if (quad) bytes.push(...quad);
    else if (/^[0-9a-f]{1,4}$/i.test(part))
      bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

/** The longest run of zero groups, the first of equals. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}
