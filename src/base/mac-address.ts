import { invalid } from './invalid.ts';

/** Reads an Ethernet address, `02:42:0a:00:00:02`, into its 6 bytes. @throws KeelsonError `MAC_ADDRESS_INVALID` */
export function parseMac(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) {
    throw invalid(
      'MAC_ADDRESS_INVALID',
      `invalid MAC address: '${text}'`,
      'write six bytes in hexadecimal, such as 02:42:0a:00:00:02',
    );
  }
  return Uint8Array.from(text.split(/[:-]/), (part) => Number.parseInt(part, 16));
}

/** `02:42:0a:00:00:02`. */
export function formatMac(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** May an interface bear it? Not with the group bit, which marks multicast and broadcast (IEEE 802), and not all zeros. */
export function isUnicastMac(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 1) === 0 && bytes.some((byte) => byte !== 0);
}
