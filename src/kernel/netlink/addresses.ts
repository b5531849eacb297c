import { addressAt, formatIp, parsePrefix, prefixFamily, prefixSize } from '../../base/index.ts';
import { isValue } from '../call.ts';
import type { Allow } from '../calls/file-calls.ts';
import {
  AF_UNSPEC,
  IFA_ADDRESS,
  IFA_BROADCAST,
  IFA_F_NODAD,
  IFA_FLAGS,
  IFA_LOCAL,
  NLM_F_CREATE,
  NLM_F_EXCL,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR,
} from '../constants/netlink.ts';
import { AF_INET, AF_INET6 } from '../constants/socket.ts';
import type { Value } from '../value.ts';
import type { MessagePart } from './attribute.ts';
import { bytesAttribute, decodeAttributes, u32Attribute } from './attribute.ts';
import type { LinkReference } from './link-spec.ts';
import type { NetlinkSocket } from './netlink-socket.ts';

/** An address of a link. */
export interface Address {
  /** Index of its link. */
  link: number;
  /** `10.0.0.2` */
  address: string;
  prefixLength: number;
  /** IFA_F_* */
  flags: number;
  /** RT_SCOPE_* */
  scope: number;
}

export interface AddressOptions extends Allow {
  /** IPv6: usable at once, without a second of duplicate address detection (RFC 4862). */
  nodad?: boolean;
  /** More IFA_F_*. */
  flags?: number;
}

/** Addresses of links: `ip address`. Changes are issued; lists are promises. */
export class Addresses {
  readonly #netlink: NetlinkSocket;

  constructor(netlink: NetlinkSocket) {
    this.#netlink = netlink;
  }

  /** Gives a link an address, `10.0.0.2/24` or `fd00::2/64`. Errors: EEXIST when it has that one, ENODEV. */
  add(link: LinkReference, address: string, options: AddressOptions = {}): void {
    const { nodad, flags: more = 0, ...allow } = options;
    const flags = more | (nodad ? IFA_F_NODAD : 0);
    const request = this.#request(link, address, { verb: `give the address ${address} to`, flags });
    this.#netlink.request({ ...request, type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL }, allow);
  }

  /** Takes an address away. Errors: EADDRNOTAVAIL when the link does not have it, ENODEV. */
  delete(link: LinkReference, address: string, options: Allow = {}): void {
    const request = this.#request(link, address, { verb: `take the address ${address} from`, flags: 0 });
    this.#netlink.request({ ...request, type: RTM_DELADDR }, options);
  }

  /** All addresses, or those of one link. */
  async list(link?: number): Promise<Address[]> {
    const header = addressHeader({ family: AF_UNSPEC, index: link ?? 0 });
    const request = { type: RTM_GETADDR, header, attributes: [], purpose: 'list the addresses', subject: 'addresses' };
    const messages = await this.#netlink.dump(request);
    const all = messages.filter(({ type }) => type === RTM_NEWADDR).map(({ payload }) => decodeAddress(payload));
    return link === undefined ? all : all.filter((address) => address.link === link);
  }

  #request(link: LinkReference, text: string, { verb, flags }: { verb: string; flags: number }) {
    const prefix = parsePrefix(text);
    const family = prefixFamily(prefix) === 4 ? AF_INET : AF_INET6;
    const index = typeof link === 'string' ? this.#netlink.indexOf(link) : link;
    const hasBroadcast = family === AF_INET && prefix.length < 31;
    const last = addressAt(prefix, prefixSize(prefix) - 1n);
    const attributes = [
      bytesAttribute(IFA_LOCAL, prefix.bytes),
      ...(hasBroadcast ? [bytesAttribute(IFA_BROADCAST, last)] : []),
      bytesAttribute(IFA_ADDRESS, prefix.bytes),
      ...(flags > 0xff ? [u32Attribute(IFA_FLAGS, flags)] : []),
    ];
    const name = typeof link === 'string' ? link : 'the link';
    const about = { purpose: `${verb} ${name}`, subject: `address ${text} on ${name}` };
    return { header: addressHeader({ family, length: prefix.length, flags, index }), attributes, ...about };
  }
}

interface AddressHeader {
  family: number;
  length?: number;
  /** IFA_F_*, of which the first eight stand here. */
  flags?: number;
  index: number | Value;
}

/** struct ifaddrmsg. */
function addressHeader({ family, length = 0, flags = 0, index }: AddressHeader): MessagePart {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(family, 0);
  bytes.writeUInt8(length, 1);
  bytes.writeUInt8(flags & 0xff, 2);
  if (!isValue(index)) bytes.writeUInt32LE(index, 4);
  return { bytes, late: isValue(index) ? [{ at: 4, value: index }] : [] };
}

/** Reads struct ifaddrmsg with its attributes. */
export function decodeAddress(payload: Buffer): Address {
  const attributes = decodeAttributes(payload.subarray(8));
  // Of a point-to-point link IFA_ADDRESS is the other end's; IFA_LOCAL is absent for IPv6 without a peer.
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS) ?? Buffer.alloc(4);
  return {
    link: payload.readUInt32LE(4),
    address: formatIp(bytes),
    prefixLength: payload.readUInt8(1),
    flags: attributes.get(IFA_FLAGS)?.readUInt32LE(0) ?? payload.readUInt8(2),
    scope: payload.readUInt8(3),
  };
}
