import { invalid } from './invalid.ts';
import type { IpFamily } from './ip-address.ts';
import { formatIp, ipFamily, tryParseIp } from './ip-address.ts';

/** A range of addresses that share their first `length` bits; `bytes` may be an address inside it, as of an interface. */
export interface IpPrefix {
  /** 4 or 16 bytes. */
  bytes: Uint8Array;
  /** 0 to 32, or 0 to 128. */
  length: number;
}

/** Reads `10.0.0.0/8`, `fd00::1/64`; an address alone is a prefix of its whole length. @throws `IP_PREFIX_INVALID` */
export function parsePrefix(text: string): IpPrefix {
  const slash = text.indexOf('/');
  const bytes = tryParseIp(slash < 0 ? text : text.slice(0, slash));
  const digits = slash < 0 ? String((bytes?.length ?? 0) * 8) : text.slice(slash + 1);
  if (!bytes || !/^(0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > bytes.length * 8) {
    throw invalid('IP_PREFIX_INVALID', `invalid IP prefix: '${text}'`, 'for example 10.0.0.0/24 or fd00::/64');
  }
  return { bytes, length: Number(digits) };
}

/** `10.0.0.1/8`. */
export function formatPrefix(prefix: IpPrefix): string {
  return `${formatIp(prefix.bytes)}/${prefix.length}`;
}

export function prefixFamily(prefix: IpPrefix): IpFamily {
  return ipFamily(prefix.bytes);
}

/** The prefix with all bits behind its length cleared: 10.0.0.0/8 for 10.1.2.3/8. */
export function networkOf(prefix: IpPrefix): IpPrefix {
  return { bytes: toBytes(firstOf(prefix), prefix.bytes.length), length: prefix.length };
}

/** How many addresses it holds, the network's own and the broadcast address among them. */
export function prefixSize(prefix: IpPrefix): bigint {
  return 1n << BigInt(prefix.bytes.length * 8 - prefix.length);
}

/** The address that stands `offset` places behind the first one. The offset must lie below {@link prefixSize}. */
export function addressAt(prefix: IpPrefix, offset: bigint): Uint8Array {
  return toBytes(firstOf(prefix) + offset, prefix.bytes.length);
}

/** How many places `address` stands behind the first address; undefined when it is not in the prefix. */
export function offsetOf(prefix: IpPrefix, address: Uint8Array): bigint | undefined {
  if (address.length !== prefix.bytes.length) return undefined;
  const offset = toNumber(address) - firstOf(prefix);
  return offset >= 0n && offset < prefixSize(prefix) ? offset : undefined;
}

/** Have the two an address in common? Never for two families. */
export function prefixesOverlap(a: IpPrefix, b: IpPrefix): boolean {
  return offsetOf(a, networkOf(b).bytes) !== undefined || offsetOf(b, networkOf(a).bytes) !== undefined;
}

function firstOf(prefix: IpPrefix): bigint {
  const hostBits = BigInt(prefix.bytes.length * 8 - prefix.length);
  return (toNumber(prefix.bytes) >> hostBits) << hostBits;
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function toBytes(number: bigint, size: number): Uint8Array {
  return Uint8Array.from(Buffer.from(number.toString(16).padStart(size * 2, '0'), 'hex'));
}
