import type { Kernel } from '../kernel.ts';
import { Addresses } from './addresses.ts';
import { Links } from './links.ts';
import { NetlinkSocket } from './netlink-socket.ts';
import { Routes } from './routes.ts';

/**
 * Links, addresses and routes of a network namespace (rtnetlink(7)): the one in which the process is when this is made.
 *
 *     const net = new Netlink(kernel);
 *     net.links.create({ kind: 'veth', name: 'outside', up: true, peer: { name: 'eth0', netns: { pid: child.pid } } });
 *     net.addresses.add('outside', '10.0.0.1/24');
 *     await kernel.flush();
 */
export class Netlink extends NetlinkSocket {
  readonly links: Links = new Links(this);
  readonly addresses: Addresses = new Addresses(this);
  readonly routes: Routes = new Routes(this);

  constructor(kernel: Kernel) {
    super(kernel);
  }
}
