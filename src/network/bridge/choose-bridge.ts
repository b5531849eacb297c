import { formatPrefix, networkOf, parsePrefix } from '../../base/index.ts';
import type { Address, Kernel, Link, Route } from '../../kernel/index.ts';
import { Netlink, RT_SCOPE_LINK } from '../../kernel/index.ts';
import { chooseSubnet } from '../addresses/choose-subnet.ts';
import type { BridgeConfig } from './bridge-config.ts';
import { readSysctls } from './sysctl.ts';

const DISABLED_6 = 'net/ipv6/conf/default/disable_ipv6';

/**
 * The networks of a bridge: those that it has when it is there, otherwise such as the host does not reach yet.
 * @param reserved further prefixes to keep away from, such as the name servers'
 * @throws KeelsonError exhausted, `SUBNETS_EXHAUSTED`
 */
export async function chooseBridge(
  kernel: Kernel,
  name: string,
  reserved: readonly string[] = [],
): Promise<BridgeConfig> {
  const net = new Netlink(kernel);
  try {
    const [bridge, [disabled6]] = await Promise.all([net.links.find(name), readSysctls(kernel, [DISABLED_6])]);
    const own = bridge ? (await net.addresses.list(bridge.index)).filter(({ scope }) => scope < RT_SCOPE_LINK) : [];
    const has = { four: networkOfBridge(own, 4), six: networkOfBridge(own, 6) };
    const six = disabled6 === '0';
    // The common case by far asks nothing about the rest of the host, which may have a thousand links.
    if (bridge && has.four && (has.six || !six)) return { name, subnet4: has.four, subnet6: has.six, mtu: bridge.mtu };
    const { routed, mtu } = await lookAround(net, { bridge: bridge?.index, reserved });
    const subnet6 = six ? (has.six ?? chooseSubnet(6, routed)) : undefined;
    return { name, subnet4: has.four ?? chooseSubnet(4, routed), subnet6, mtu };
  } finally {
    net.close();
  }
}

/** What the host reaches without the bridge, and how large packets may be on its way out. */
async function lookAround(
  net: Netlink,
  { bridge, reserved }: { bridge: number | undefined; reserved: readonly string[] },
): Promise<{ routed: string[]; mtu: number | undefined }> {
  const [links, addresses, routes] = await Promise.all([net.links.list(), net.addresses.list(), net.routes.list()]);
  const routed = [
    ...reserved,
    ...routes.filter(({ to, link }) => to !== 'default' && link !== bridge).map(({ to }) => to),
    ...addresses.filter(({ link }) => link !== bridge).map(({ address }) => address),
  ];
  return { routed, mtu: mtuOfWayOut(links, routes) };
}

function networkOfBridge(own: readonly Address[], family: 4 | 6): string | undefined {
  const address = own.find((a) => a.address.includes(':') === (family === 6));
  return address && formatPrefix(networkOf(parsePrefix(`${address.address}/${address.prefixLength}`)));
}

/** What is larger than the way out takes would be cut to pieces, or get lost where somebody drops ICMP. */
function mtuOfWayOut(links: readonly Link[], routes: readonly Route[]): number | undefined {
  const way = routes.find(({ to, family, link }) => to === 'default' && family === 4 && link !== undefined);
  return links.find(({ index }) => index === way?.link)?.mtu;
}
