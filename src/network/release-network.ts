import type { Kernel } from '../kernel/index.ts';
import { ENODEV, Netlink, Nftables } from '../kernel/index.ts';
import { hostInterfaceName } from './bridge/host-interface-name.ts';
import { PORT_MAPS } from './firewall/port-maps.ts';
import { TABLE } from './firewall/ruleset.ts';

/**
 * Takes away what a container's network left on the host, known by the container's id alone: its end of the cable and its
 * published ports. What is gone already is no error. The ports' sockets go with the process that held them.
 */
export async function releaseNetwork(kernel: Kernel, containerId: string): Promise<void> {
  kernel.step('Network', 'take away what the container leaves on the host');
  await withdrawPorts(kernel, containerId);
  const net = new Netlink(kernel);
  net.links.delete(hostInterfaceName(containerId), { allow: [ENODEV] });
  net.close();
  await kernel.flush();
}

async function withdrawPorts(kernel: Kernel, containerId: string): Promise<void> {
  const nftables = new Nftables(kernel);
  const sets = Object.values(PORT_MAPS).map((name) => ({ table: TABLE, name }));
  const all = await Promise.all(sets.map(async (set) => ({ set, elements: await nftables.list(set) })));
  const changes = all.flatMap(({ set, elements }) => {
    const own = elements.filter(({ comment }) => comment === containerId).map(({ key }) => ({ key }));
    return own.length > 0 ? [{ act: 'delete' as const, set, elements: own }] : [];
  });
  nftables.change(changes, `withdraw the ports of the container ${containerId.slice(0, 12)}`);
  nftables.close();
}
