export type { Address, Addresses, AddressOptions } from './addresses.ts';
export type { Attribute, MessagePart } from './attribute.ts';
export {
  be16Attribute,
  bytesAttribute,
  decodeAttributes,
  encodeAttributes,
  nestedAttribute,
  textAttribute,
  u8Attribute,
  u16Attribute,
  u32Attribute,
} from './attribute.ts';
export { LINK_NAME_MAX } from './link-attributes.ts';
export type {
  BridgeSpec,
  DummySpec,
  Link,
  LinkReference,
  LinkSettings,
  LinkSpec,
  MacvlanSpec,
  NetnsReference,
  VethPeer,
  VethSpec,
  VlanSpec,
} from './link-spec.ts';
export type { Links } from './links.ts';
export { LOOPBACK_INDEX } from './links.ts';
export type { NetlinkMessage, NetlinkRequest } from './message.ts';
export { Netlink } from './netlink.ts';
export { NetlinkError } from './netlink-error.ts';
export { NetlinkSocket } from './netlink-socket.ts';
export type { NftChange, NftElement, NftSet } from './nftables.ts';
export { Nftables } from './nftables.ts';
export type { Route, RouteSpec, Routes } from './routes.ts';
