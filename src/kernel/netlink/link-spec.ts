import type { Fd } from '../call.ts';
import type { Value } from '../value.ts';

/** A link by name, or by index: a number that is known or that is to come (`indexOf`). */
export type LinkReference = string | number | Value;

/** A network namespace by a process in it (a pid of the caller's pid namespace) or by a descriptor of it (/proc/PID/ns/net; no pidfd). */
export type NetnsReference = { pid: number | Value } | { fd: Fd };

/** What can be set on any link. */
export interface LinkSettings {
  /** Up or down; left as it is when absent, and a new link is down. */
  up?: boolean;
  /** Bytes. */
  mtu?: number;
  /** `02:42:0a:00:00:02` */
  mac?: string;
  /** The bridge that it becomes a port of; 0 takes it out. */
  master?: LinkReference;
  /** Where it goes. A link that is moved goes down and loses its addresses. */
  netns?: NetnsReference;
}

/**
 * The other end of a veth pair, which may be born in another network namespace. It is born down: the kernel refuses to
 * bring it up before the pair is joined (ENOTCONN from veth_open).
 */
export type VethPeer = Omit<LinkSettings, 'up'> & { name: string };

export interface VethSpec {
  kind: 'veth';
  peer: VethPeer;
}

export interface BridgeSpec {
  kind: 'bridge';
  /** Spanning tree protocol; the kernel's default is off. */
  stp?: boolean;
  /** Seconds in which a new port listens before it forwards, when STP is on. */
  forwardDelay?: number;
  vlanFiltering?: boolean;
  multicastSnooping?: boolean;
}

export interface DummySpec {
  kind: 'dummy';
}

export interface MacvlanSpec {
  kind: 'macvlan';
  parent: LinkReference;
  mode?: 'private' | 'vepa' | 'bridge' | 'passthru';
}

export interface VlanSpec {
  kind: 'vlan';
  parent: LinkReference;
  /** 1 to 4094 */
  id: number;
  /** 802.1ad is the outer tag of stacked VLANs. */
  protocol?: '802.1Q' | '802.1ad';
}

/** A link to make. */
export type LinkSpec = LinkSettings & { name: string } & (VethSpec | BridgeSpec | DummySpec | MacvlanSpec | VlanSpec);

/** A link as the kernel tells of it. */
export interface Link {
  index: number;
  name: string;
  /** `veth`, `bridge`…; undefined for a device without a software kind, lo and hardware among them. */
  kind: string | undefined;
  /** IFF_* */
  flags: number;
  up: boolean;
  mtu: number;
  /** Empty for links without one. */
  mac: string;
  /** Index of the bridge, or undefined. */
  master: number | undefined;
  /** Index of the parent or of the veth peer, in that one's namespace. */
  parent: number | undefined;
}
