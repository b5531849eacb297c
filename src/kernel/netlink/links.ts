import { formatMac } from '../../base/index.ts';
import type { Fd } from '../call.ts';
import type { Allow } from '../calls/file-calls.ts';
import {
  AF_BRIDGE,
  IFLA_ADDRESS,
  IFLA_BRPORT_MODE,
  IFLA_EXT_MASK,
  IFLA_IFNAME,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_PROTINFO,
  NLA_F_NESTED,
  NLM_F_CREATE,
  NLM_F_EXCL,
  RTEXT_FILTER_SKIP_STATS,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTM_SETLINK,
} from '../constants/netlink.ts';
import { IFF_UP } from '../constants/socket.ts';
import { ENODEV } from '../errno.ts';
import type { Attribute } from './attribute.ts';
import { decodeAttributes, nestedAttribute, u8Attribute, u32Attribute } from './attribute.ts';
import { linkHeader, nameAttribute, settingAttributes, specAttributes } from './link-attributes.ts';
import type { Link, LinkReference, LinkSettings, LinkSpec } from './link-spec.ts';
import type { NetlinkSocket } from './netlink-socket.ts';

/** The index of `lo` in every network namespace (LOOPBACK_IFINDEX, include/net/flow.h). */
export const LOOPBACK_INDEX = 1;

/** Network interfaces: `ip link`. Changes are issued; lists are promises. */
export class Links {
  readonly #netlink: NetlinkSocket;

  constructor(netlink: NetlinkSocket) {
    this.#netlink = netlink;
  }

  /** Makes a link, with all its settings, in one request. Errors: EEXIST for a name that is taken, EOPNOTSUPP for an unknown kind. */
  create(spec: LinkSpec, options: Allow = {}): void {
    const { name, kind } = spec;
    const attributes = specAttributes(spec, (link) => this.index(link));
    const request = { type: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, header: linkHeader(0, spec.up), attributes };
    this.#netlink.request({ ...request, purpose: `create the ${kind} link ${name}`, subject: `link ${name}` }, options);
  }

  /** Changes what is given and leaves the rest. Moving to another namespace comes last: it takes the link out of reach. */
  change(link: LinkReference, settings: LinkSettings, options: Allow = {}): void {
    const attributes = settingAttributes(settings, (other) => this.index(other));
    this.#set(link, { attributes, up: settings.up, verb: describe(settings) }, options);
  }

  /** A link that is up can only be renamed since Linux 6.0. */
  rename(link: LinkReference, name: string, options: Allow = {}): void {
    // By index: the name in the message is the new one.
    this.#set(this.index(link), { attributes: [nameAttribute(name)], verb: `rename to ${name}` }, options);
  }

  /**
   * Moves a link to another network namespace, where it has its new name from the first moment; with `%d` at the end the
   * kernel finds a free number. It goes down and loses its addresses. Errors: EEXIST.
   */
  move(link: LinkReference, { netns, name }: { netns: Fd; name: string }, options: Allow = {}): void {
    const attributes = [
      ...settingAttributes({ netns: { fd: netns } }, (other) => this.index(other)),
      nameAttribute(name),
    ];
    // By index: the name in the message is the new one.
    this.#set(this.index(link), { attributes, verb: `to another network namespace as ${name}` }, options);
  }

  /** Lets a bridge send a packet back out of the port it came in by, as `bridge link set dev … hairpin on`. */
  setHairpin(port: LinkReference, on: boolean): void {
    const header = linkHeader(this.index(port), undefined, AF_BRIDGE);
    const attributes = [nestedAttribute(IFLA_PROTINFO | NLA_F_NESTED, [u8Attribute(IFLA_BRPORT_MODE, on ? 1 : 0)])];
    const subject = subjectOf(port);
    const purpose = `change the ${subject} (hairpin ${on ? 'on' : 'off'})`;
    this.#netlink.request({ type: RTM_SETLINK, header, attributes, purpose, subject });
  }

  /** Removes a link; of a veth pair both ends. */
  delete(link: LinkReference, options: Allow = {}): void {
    const { header, attributes } = refer(link);
    const about = { purpose: `delete the ${subjectOf(link)}`, subject: subjectOf(link) };
    this.#netlink.request({ type: RTM_DELLINK, header, attributes, ...about }, options);
  }

  /** Brings lo up; the kernel gives it 127.0.0.1/8 and ::1 then. */
  enableLoopback(): void {
    this.#set(LOOPBACK_INDEX, { attributes: [], up: true, verb: 'up', subject: 'link lo' });
  }

  async list(): Promise<Link[]> {
    const attributes = [u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)];
    const about = { purpose: 'list the links', subject: 'links' };
    const messages = await this.#netlink.dump({ type: RTM_GETLINK, header: linkHeader(), attributes, ...about });
    return messages.filter(({ type }) => type === RTM_NEWLINK).map(({ payload }) => decodeLink(payload));
  }

  /** @returns undefined when there is no link of that name */
  async find(name: string): Promise<Link | undefined> {
    const attributes = [nameAttribute(name), u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)];
    const about = { purpose: `look at the link ${name}`, subject: `link ${name}` };
    const request = { type: RTM_GETLINK, header: linkHeader(), attributes, ...about };
    const message = await this.#netlink.query(request, [ENODEV]);
    return message && decodeLink(message.payload);
  }

  /** The index itself, or a value to come where the link is given by name. */
  index(link: LinkReference): Exclude<LinkReference, string> {
    return typeof link === 'string' ? this.#netlink.indexOf(link) : link;
  }

  #set(
    link: LinkReference,
    change: { attributes: Attribute[]; up?: boolean | undefined; verb: string; subject?: string },
    options: Allow = {},
  ): void {
    const { header, attributes } = refer(link, change.up);
    const subject = change.subject ?? subjectOf(link);
    const request = { type: RTM_SETLINK, header, attributes: [...attributes, ...change.attributes] };
    this.#netlink.request({ ...request, purpose: `change the ${subject} (${change.verb})`, subject }, options);
  }
}

/** A link by index in the header, or by name in an attribute: then no round trip is needed to look the index up. */
function refer(link: LinkReference, up?: boolean) {
  if (typeof link === 'string') return { header: linkHeader(0, up), attributes: [nameAttribute(link)] };
  return { header: linkHeader(link, up), attributes: [] };
}

function subjectOf(link: LinkReference): string {
  if (typeof link === 'string') return `link ${link}`;
  const number = typeof link === 'number' ? link : link.outcome?.value;
  return number === undefined ? 'link' : `link number ${number}`;
}

function describe({ up, mtu, mac, master, netns }: LinkSettings): string {
  const parts = [
    up === undefined ? [] : [up ? 'up' : 'down'],
    mtu === undefined ? [] : [`mtu ${mtu}`],
    mac === undefined ? [] : [`address ${mac}`],
    master === undefined
      ? []
      : [master === 0 ? 'no master' : `master ${typeof master === 'string' ? master : 'by index'}`],
    netns === undefined ? [] : ['another network namespace'],
  ];
  return parts.flat().join(', ') || 'nothing';
}

/** Reads struct ifinfomsg with its attributes. */
export function decodeLink(payload: Buffer): Link {
  const attributes = decodeAttributes(payload.subarray(16));
  const info = decodeAttributes(attributes.get(IFLA_LINKINFO) ?? Buffer.alloc(0));
  const number = (type: number) => attributes.get(type)?.readUInt32LE(0);
  const flags = payload.readUInt32LE(8);
  return {
    index: payload.readInt32LE(4),
    name: text(attributes.get(IFLA_IFNAME)) ?? '',
    kind: text(info.get(IFLA_INFO_KIND)),
    flags,
    up: (flags & IFF_UP) !== 0,
    mtu: number(IFLA_MTU) ?? 0,
    mac: formatMac(attributes.get(IFLA_ADDRESS) ?? Buffer.alloc(0)),
    master: number(IFLA_MASTER),
    parent: number(IFLA_LINK),
  };
}

function text(bytes: Buffer | undefined): string | undefined {
  return bytes?.toString('utf8').replace(/\0.*$/s, '');
}
