import { formatIp, formatMac, invalid, isUnicastMac, parseMac, parsePrefix } from '../../base/index.ts';
import { Netlink } from '../../kernel/index.ts';
import type { PortConfig } from '../../spec/index.ts';
import { gatewayOf } from '../addresses/address-pool.ts';
import { containerMac } from '../addresses/container-mac.ts';
import type { NetworkSetup } from '../network-setup.ts';
import type { Redirection } from '../ports/publish-ports.ts';
import { holdPorts, redirectPorts } from '../ports/publish-ports.ts';
import type { BridgeConfig } from './bridge-config.ts';
import { hostInterfaceName } from './host-interface-name.ts';
import { prepareBridge } from './prepare-bridge.ts';

export interface AttachOptions {
  containerId: string;
  bridge: BridgeConfig;
  /** Without a length: `10.208.0.2`. */
  address4: string;
  address6?: string | undefined;
  /** Made of the IPv4 address when left out. */
  mac?: string | undefined;
  ports?: readonly PortConfig[] | undefined;
}

export interface BridgeAttachment extends NetworkSetup {
  /** The ports that are published, with the numbers that `prepare` found where any was asked for. */
  publishedPorts(): Promise<PortConfig[]>;
}

/** The name of the interface inside. */
const INSIDE = 'eth0';

/**
 * Connects a container to a bridge: a cable (veth pair) with one end in the bridge and the other, eth0, inside.
 * @throws KeelsonError invalid, `MAC_ADDRESS_INVALID`
 */
export function attachBridge(options: AttachOptions): BridgeAttachment {
  const { bridge, containerId, address4, address6, ports = [] } = options;
  const mac = macOf(options);
  const mtu = bridge.mtu === undefined ? {} : { mtu: bridge.mtu };
  const redirections: Redirection[] = [];
  return {
    async prepare(kernel) {
      await prepareBridge(kernel, bridge);
      if (ports.length === 0) return;
      kernel.step('Network', 'take the ports of the host', '--publish');
      redirections.push(...(await holdPorts(kernel, ports, { address4, address6 })));
    },
    onHost(kernel, child) {
      kernel.step('Network', `connect ${INSIDE} to the bridge ${bridge.name}`, '--network');
      const net = new Netlink(kernel);
      // The host's end comes up first, so that the bridge forwards as soon as the other end is up. The other way round the
      // first packet can get lost, and neighbours ask again only after a second.
      const peer = { name: INSIDE, mac, netns: { pid: child }, ...mtu };
      const name = hostInterfaceName(containerId);
      net.links.create({
        kind: 'veth',
        name,
        up: true,
        master: bridge.name,
        ...mtu,
        peer,
      });
      // Where br_netfilter is loaded, a container that asks for its own published port is answered through the same port
      // of the bridge.
      if (redirections.length > 0) net.links.setHairpin(name, true);
      net.close();
      if (redirections.length === 0) return;
      kernel.step('Network', 'redirect the ports to the container', '--publish');
      redirectPorts(kernel, containerId, redirections);
    },
    inContainer(kernel) {
      kernel.step('Network', `bring up lo and ${INSIDE}`, '--network');
      const net = new Netlink(kernel);
      net.links.enableLoopback();
      net.links.change(INSIDE, { up: true });
      kernel.step('Network', `give ${INSIDE} its addresses and the way out`, '--ip');
      net.addresses.add(INSIDE, `${address4}/${parsePrefix(bridge.subnet4).length}`);
      net.routes.add({ to: 'default', via: gatewayOf(bridge.subnet4) });
      if (address6 && bridge.subnet6) {
        net.addresses.add(INSIDE, `${address6}/${parsePrefix(bridge.subnet6).length}`, { nodad: true });
        net.routes.add({ to: 'default', via: gatewayOf(bridge.subnet6) });
      }
      net.close();
    },
    publishedPorts: async () => publishedOf(redirections),
  };
}

/** One entry for a port that is published for both families on all addresses. */
function publishedOf(redirections: readonly Redirection[]): PortConfig[] {
  const found = new Map<string, PortConfig>();
  for (const { hostIp, hostPort, containerPort, protocol } of redirections) {
    const port = { hostIp: hostIp.some((byte) => byte > 0) ? formatIp(hostIp) : '', hostPort, containerPort, protocol };
    found.set(JSON.stringify(port), port);
  }
  return [...found.values()];
}

function macOf({ mac, address4 }: AttachOptions): string {
  if (mac === undefined) return containerMac(address4);
  const bytes = parseMac(mac);
  if (isUnicastMac(bytes)) return formatMac(bytes);
  throw invalid(
    'MAC_ADDRESS_INVALID',
    `the MAC address ${mac} cannot be an interface's`,
    'clear the lowest bit of its first byte',
  );
}
