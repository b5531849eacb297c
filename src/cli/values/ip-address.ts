import { formatIp, formatMac, invalid, ipFamily, isUnicastMac, parseMac, tryParseIp } from '../../base/index.ts';

/** Any IP address, in its canonical form (`--dns`). */
export function addressValue(text: string): string {
  const bytes = tryParseIp(text.trim());
  if (bytes === undefined) throw invalid('ADDRESS_INVALID', 'expected an IP address such as 10.0.0.2 or fd00::2');
  return formatIp(bytes);
}

/** `--ip` */
export function ip4Value(text: string): string {
  return ofFamily(text, 4, '10.0.0.2');
}

/** `--ip6` */
export function ip6Value(text: string): string {
  return ofFamily(text, 6, 'fd00::2');
}

function ofFamily(text: string, family: 4 | 6, example: string): string {
  const bytes = tryParseIp(text.trim());
  if (bytes !== undefined && ipFamily(bytes) === family) return formatIp(bytes);
  throw invalid('ADDRESS_INVALID', `expected an IPv${family} address such as ${example}`);
}

/** `--mac-address`, in lower case with colons. */
export function macValue(text: string): string {
  const expected = 'expected the address of one interface, six bytes such as 02:42:0a:00:00:02';
  let bytes: Uint8Array;
  try {
    bytes = parseMac(text.trim());
  } catch {
    throw invalid('MAC_ADDRESS_INVALID', expected);
  }
  if (!isUnicastMac(bytes)) throw invalid('MAC_ADDRESS_INVALID', expected);
  return formatMac(bytes);
}
