import { invalid, parseMac } from '../../base/index.ts';
import { isValue } from '../call.ts';
import {
  AF_UNSPEC,
  IFLA_ADDRESS,
  IFLA_BR_FORWARD_DELAY,
  IFLA_BR_MCAST_SNOOPING,
  IFLA_BR_STP_STATE,
  IFLA_BR_VLAN_FILTERING,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MACVLAN_MODE,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  IFLA_NET_NS_PID,
  IFLA_VLAN_ID,
  IFLA_VLAN_PROTOCOL,
  MACVLAN_MODE_BRIDGE,
  MACVLAN_MODE_PASSTHRU,
  MACVLAN_MODE_PRIVATE,
  MACVLAN_MODE_VEPA,
  VETH_INFO_PEER,
} from '../constants/netlink.ts';
import { IFF_UP } from '../constants/socket.ts';
import type { Value } from '../value.ts';
import type { Attribute, MessagePart } from './attribute.ts';
import {
  be16Attribute,
  bytesAttribute,
  nestedAttribute,
  textAttribute,
  u8Attribute,
  u16Attribute,
  u32Attribute,
} from './attribute.ts';
import type { LinkReference, LinkSettings, LinkSpec } from './link-spec.ts';

/** Finds the index of a link that is given by name, where a message has no room for names. */
export type FindIndex = (link: LinkReference) => number | Value;

const MACVLAN_MODES = {
  private: MACVLAN_MODE_PRIVATE,
  vepa: MACVLAN_MODE_VEPA,
  bridge: MACVLAN_MODE_BRIDGE,
  passthru: MACVLAN_MODE_PASSTHRU,
} as const;

const VLAN_PROTOCOLS = { '802.1Q': 0x8100, '802.1ad': 0x88a8 } as const;

/** The longest name of a link: IFNAMSIZ with its NUL. */
export const LINK_NAME_MAX = 15;

/** struct ifinfomsg. `up` says which flag changes, and to what. */
export function linkHeader(index: number | Value = 0, up?: boolean, family: number = AF_UNSPEC): MessagePart {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt8(family, 0);
  const late = isValue(index) ? [{ at: 4, value: index }] : [];
  if (!isValue(index)) bytes.writeInt32LE(index, 4);
  bytes.writeUInt32LE(up === true ? IFF_UP : 0, 8);
  bytes.writeUInt32LE(up === undefined ? 0 : IFF_UP, 12);
  return { bytes, late };
}

/** The attributes of what can be set on any link; its flags are in the header. */
export function settingAttributes(settings: Omit<LinkSettings, 'up'>, findIndex: FindIndex): Attribute[] {
  const { mtu, mac, master, netns } = settings;
  const attributes: Attribute[] = [];
  if (mtu !== undefined) attributes.push(u32Attribute(IFLA_MTU, mtu));
  if (mac !== undefined) attributes.push(bytesAttribute(IFLA_ADDRESS, parseMac(mac)));
  if (master !== undefined) attributes.push(u32Attribute(IFLA_MASTER, findIndex(master)));
  if (netns !== undefined) {
    attributes.push('pid' in netns ? u32Attribute(IFLA_NET_NS_PID, netns.pid) : u32Attribute(IFLA_NET_NS_FD, netns.fd));
  }
  return attributes;
}

/** IFLA_IFNAME. @throws KeelsonError `LINK_NAME_INVALID` by the kernel's rule (dev_valid_name) */
export function nameAttribute(name: string): Attribute {
  if (!isLinkName(name)) {
    throw invalid(
      'LINK_NAME_INVALID',
      `'${name}' cannot name a network interface`,
      'at most 15 bytes, without slash, colon and white space',
    );
  }
  return textAttribute(IFLA_IFNAME, name);
}

function isLinkName(name: string): boolean {
  return /^[^/:\s\0]+$/.test(name) && name !== '.' && name !== '..' && Buffer.byteLength(name) <= LINK_NAME_MAX;
}

/** All attributes of a link to make: its name, its settings, and IFLA_LINKINFO with its kind. */
export function specAttributes(spec: LinkSpec, findIndex: FindIndex): Attribute[] {
  const { kind } = spec;
  const parent = kind === 'macvlan' || kind === 'vlan' ? [u32Attribute(IFLA_LINK, findIndex(spec.parent))] : [];
  const data = kindAttributes(spec, findIndex);
  const info = [
    bytesAttribute(IFLA_INFO_KIND, Buffer.from(kind)),
    ...(data.length ? [nestedAttribute(IFLA_INFO_DATA, data)] : []),
  ];
  return [
    ...parent,
    ...settingAttributes(spec, findIndex),
    nameAttribute(spec.name),
    nestedAttribute(IFLA_LINKINFO, info),
  ];
}

function kindAttributes(spec: LinkSpec, findIndex: FindIndex): Attribute[] {
  switch (spec.kind) {
    case 'veth': {
      const { peer } = spec;
      const attributes = [...settingAttributes(peer, findIndex), nameAttribute(peer.name)];
      return [nestedAttribute(VETH_INFO_PEER, attributes, linkHeader())];
    }
    case 'bridge': {
      const { stp, forwardDelay, vlanFiltering, multicastSnooping } = spec;
      const attributes: Attribute[] = [];
      if (stp !== undefined) attributes.push(u32Attribute(IFLA_BR_STP_STATE, stp ? 1 : 0));
      // Hundredths of a second (clock_t).
      if (forwardDelay !== undefined)
        attributes.push(u32Attribute(IFLA_BR_FORWARD_DELAY, Math.round(forwardDelay * 100)));
      if (vlanFiltering !== undefined) attributes.push(u8Attribute(IFLA_BR_VLAN_FILTERING, vlanFiltering ? 1 : 0));
      if (multicastSnooping !== undefined)
        attributes.push(u8Attribute(IFLA_BR_MCAST_SNOOPING, multicastSnooping ? 1 : 0));
      return attributes;
    }
    case 'macvlan':
      return [u32Attribute(IFLA_MACVLAN_MODE, MACVLAN_MODES[spec.mode ?? 'bridge'])];
    case 'vlan':
      return [
        u16Attribute(IFLA_VLAN_ID, spec.id),
        ...(spec.protocol ? [be16Attribute(IFLA_VLAN_PROTOCOL, VLAN_PROTOCOLS[spec.protocol])] : []),
      ];
    case 'dummy':
      return [];
  }
}
