import type { Kernel } from '../../kernel/index.ts';
import { Netlink } from '../../kernel/index.ts';
import { readSysctls, writeSysctl } from './sysctl.ts';

export const FORWARD_4 = 'net/ipv4/ip_forward';
export const FORWARD_6 = 'net/ipv6/conf/all/forwarding';

/** Makes the host pass packets on between its interfaces; what may pass is the firewall's matter. */
export async function enableForwarding(kernel: Kernel, { six }: { six: boolean }): Promise<void> {
  const [four, already6] = await readSysctls(kernel, [FORWARD_4, FORWARD_6]);
  if (four === '0') writeSysctl(kernel, FORWARD_4, '1');
  if (six && already6 === '0') {
    await keepRouterAdvertisements(kernel);
    writeSysctl(kernel, FORWARD_6, '1');
  }
  await kernel.flush();
}

/**
 * A host that forwards no longer listens to router advertisements unless accept_ra is 2, and would lose the default route
 * it learned from them when it expires (Documentation/networking/ip-sysctl).
 */
async function keepRouterAdvertisements(kernel: Kernel): Promise<void> {
  const net = new Netlink(kernel);
  const links = await net.links.list();
  net.close();
  const names = links.map(({ name }) => `net/ipv6/conf/${name}/accept_ra`);
  const values = await readSysctls(kernel, names);
  for (const [i, name] of names.entries()) if (values[i] === '1') writeSysctl(kernel, name, '2');
}
