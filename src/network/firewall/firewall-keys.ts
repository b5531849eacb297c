import type { MessagePart } from '../../kernel/index.ts';

/** IPPROTO_* */
const PROTOCOLS = { tcp: 6, udp: 17 } as const;

/** struct ifreq's field size: names of interfaces in nftables sets. */
const IFNAMSIZ = 16;

export type Protocol = keyof typeof PROTOCOLS;

/** `ifname`, or `ifname . ifname`. */
export function interfaceKey(...names: readonly string[]): MessagePart {
  const bytes = Buffer.alloc(IFNAMSIZ * names.length);
  for (const [i, name] of names.entries()) bytes.write(name, i * IFNAMSIZ, IFNAMSIZ - 1);
  return { bytes, late: [] };
}

/** `inet_proto . inet_service`, with the host's address in front of it where one is given. */
export function publishedKey(protocol: Protocol, port: number, hostIp: Uint8Array = new Uint8Array()): MessagePart {
  const bytes = Buffer.alloc(hostIp.length + 8);
  bytes.set(hostIp);
  bytes.writeUInt8(PROTOCOLS[protocol], hostIp.length);
  bytes.writeUInt16BE(port, hostIp.length + 4);
  return { bytes, late: [] };
}

/** `ipv4_addr . inet_service`, or the same for IPv6. */
export function targetData(ip: Uint8Array, port: number): MessagePart {
  const bytes = Buffer.alloc(ip.length + 4);
  bytes.set(ip);
  bytes.writeUInt16BE(port, ip.length);
  return { bytes, late: [] };
}
