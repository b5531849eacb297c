import type { IpPrefix } from '../../base/index.ts';
import { formatIp, ipFamily, networkOf, parseIp, parsePrefix } from '../../base/index.ts';
import type { Allow } from '../calls/file-calls.ts';
import {
  AF_UNSPEC,
  NLM_F_CREATE,
  NLM_F_EXCL,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_MAIN,
  RT_TABLE_UNSPEC,
  RTA_DST,
  RTA_GATEWAY,
  RTA_OIF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTA_TABLE,
  RTM_DELROUTE,
  RTM_GETROUTE,
  RTM_NEWROUTE,
  RTN_UNICAST,
  RTN_UNSPEC,
  RTNH_F_ONLINK,
  RTPROT_BOOT,
} from '../constants/netlink.ts';
import { AF_INET, AF_INET6 } from '../constants/socket.ts';
import type { Attribute, MessagePart } from './attribute.ts';
import { bytesAttribute, decodeAttributes, u32Attribute } from './attribute.ts';
import type { LinkReference } from './link-spec.ts';
import type { NetlinkSocket } from './netlink-socket.ts';

/** A route to make or to remove. */
export interface RouteSpec {
  /** `10.0.0.0/8`, `fd00::/64`, or `default`, whose family is that of `via`. */
  to: string;
  /** The gateway's address. */
  via?: string;
  /** Needed without a gateway; with one the kernel finds the link through which the gateway is reached. */
  link?: LinkReference;
  /** The address that our packets bear on this route. */
  source?: string;
  metric?: number;
  /** RT_TABLE_MAIN when left out. */
  table?: number;
  /** The gateway is behind `link` though no route says so. */
  onlink?: boolean;
}

/** A route as the kernel tells of it. */
export interface Route {
  family: 4 | 6;
  /** `default` or a prefix. */
  to: string;
  via: string | undefined;
  /** Index; undefined for a route without one link, such as unreachable. */
  link: number | undefined;
  source: string | undefined;
  metric: number | undefined;
  table: number;
  /** RTN_* */
  type: number;
  /** RTPROT_* */
  protocol: number;
}

/** Routes of all tables: `ip route`. Changes are issued; lists are promises. */
export class Routes {
  readonly #netlink: NetlinkSocket;

  constructor(netlink: NetlinkSocket) {
    this.#netlink = netlink;
  }

  /** Errors: EEXIST, ENETUNREACH for a gateway that no link reaches, ENODEV. */
  add(route: RouteSpec, options: Allow = {}): void {
    const request = this.#request(route, RTN_UNICAST, `add the route ${describe(route)}`);
    this.#netlink.request({ ...request, type: RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL }, options);
  }

  /** Removes the first route that matches what is given. Errors: ESRCH when none does. */
  delete(route: RouteSpec, options: Allow = {}): void {
    const request = this.#request(route, RTN_UNSPEC, `delete the route ${describe(route)}`);
    this.#netlink.request({ ...request, type: RTM_DELROUTE }, options);
  }

  async list(): Promise<Route[]> {
    const header = routeHeader({ family: AF_UNSPEC });
    const request = { type: RTM_GETROUTE, header, attributes: [], purpose: 'list the routes', subject: 'routes' };
    const messages = await this.#netlink.dump(request);
    return messages.filter(({ type }) => type === RTM_NEWROUTE).map(({ payload }) => decodeRoute(payload));
  }

  #request(route: RouteSpec, type: number, purpose: string) {
    const { via, source, metric, table = RT_TABLE_MAIN, onlink = false } = route;
    const gateway = via === undefined ? undefined : parseIp(via);
    const to = destination(route, gateway);
    const family = ipFamily(to.bytes) === 4 ? AF_INET : AF_INET6;
    const attributes: Attribute[] = to.length > 0 ? [bytesAttribute(RTA_DST, to.bytes)] : [];
    if (gateway) attributes.push(bytesAttribute(RTA_GATEWAY, gateway));
    if (route.link !== undefined) {
      attributes.push(
        u32Attribute(RTA_OIF, typeof route.link === 'string' ? this.#netlink.indexOf(route.link) : route.link),
      );
    }
    if (source !== undefined) attributes.push(bytesAttribute(RTA_PREFSRC, parseIp(source)));
    if (metric !== undefined) attributes.push(u32Attribute(RTA_PRIORITY, metric));
    // The header's field holds 8 bits.
    if (table > 255) attributes.push(u32Attribute(RTA_TABLE, table));
    const near = family === AF_INET && !gateway ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    const scope = type === RTN_UNSPEC ? RT_SCOPE_NOWHERE : near;
    const header = routeHeader({
      family,
      length: to.length,
      table: table > 255 ? RT_TABLE_UNSPEC : table,
      type,
      scope,
      onlink,
    });
    return { header, attributes, purpose, subject: `route ${describe(route)}` };
  }
}

function destination({ to }: RouteSpec, gateway: Uint8Array | undefined): IpPrefix {
  if (to !== 'default') return networkOf(parsePrefix(to));
  return parsePrefix(gateway === undefined || gateway.length === 4 ? '0.0.0.0/0' : '::/0');
}

function describe({ to, via, link }: RouteSpec): string {
  return [to, via === undefined ? '' : ` via ${via}`, typeof link === 'string' ? ` on ${link}` : ''].join('');
}

interface RouteHeader {
  family: number;
  length?: number;
  table?: number;
  type?: number;
  scope?: number;
  onlink?: boolean;
}

/** struct rtmsg. */
function routeHeader({ family, length = 0, table = 0, type = 0, scope = 0, onlink = false }: RouteHeader): MessagePart {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(family, 0);
  bytes.writeUInt8(length, 1);
  bytes.writeUInt8(table, 4);
  // A list asks for all protocols; a removal, for any.
  bytes.writeUInt8(type === RTN_UNSPEC ? 0 : RTPROT_BOOT, 5);
  bytes.writeUInt8(scope, 6);
  bytes.writeUInt8(type, 7);
  bytes.writeUInt32LE(onlink ? RTNH_F_ONLINK : 0, 8);
  return { bytes, late: [] };
}

/** Reads struct rtmsg with its attributes. */
export function decodeRoute(payload: Buffer): Route {
  const attributes = decodeAttributes(payload.subarray(12));
  const address = (type: number) => {
    const bytes = attributes.get(type);
    return bytes && formatIp(bytes);
  };
  const number = (type: number) => attributes.get(type)?.readUInt32LE(0);
  const length = payload.readUInt8(1);
  const to = address(RTA_DST);
  const family = payload.readUInt8(0) === AF_INET6 ? 6 : 4;
  return {
    family,
    to: length === 0 ? 'default' : `${to ?? (family === 6 ? '::' : '0.0.0.0')}/${length}`,
    via: address(RTA_GATEWAY),
    link: number(RTA_OIF),
    source: address(RTA_PREFSRC),
    metric: number(RTA_PRIORITY),
    table: number(RTA_TABLE) ?? payload.readUInt8(4),
    type: payload.readUInt8(7),
    protocol: payload.readUInt8(5),
  };
}
