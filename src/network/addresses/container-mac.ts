import { formatMac, parseIp } from '../../base/index.ts';

/**
 * The MAC address of a container, made of its IPv4 address as Docker does: 02:42 and the four bytes. So it is unique on its
 * bridge, and a restart with the same address does not lead neighbours astray.
 */
export function containerMac(address4: string): string {
  return formatMac(Uint8Array.of(0x02, 0x42, ...parseIp(address4)));
}
