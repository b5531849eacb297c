import { KeelsonError, parsePrefix } from '../../base/index.ts';
import type { Kernel, Link } from '../../kernel/index.ts';
import { EEXIST, Netlink } from '../../kernel/index.ts';
import { gatewayOf } from '../addresses/address-pool.ts';
import { containerMac } from '../addresses/container-mac.ts';
import { isFirewallReady, prepareFirewall } from '../firewall/prepare-firewall.ts';
import type { BridgeConfig } from './bridge-config.ts';
import { enableForwarding, FORWARD_4, FORWARD_6 } from './enable-forwarding.ts';
import { readSysctls, writeSysctl } from './sysctl.ts';

/**
 * Makes the host ready for containers on a bridge: the bridge with its addresses, forwarding, the firewall's rules. What is
 * there already costs a few questions to the kernel; what somebody took away is put back. Several may do it at once.
 * Takes one channel of the process for the `nft` program when there is something to do.
 * @throws KeelsonError conflict, `NOT_A_BRIDGE`; unavailable, `NFT_MISSING`
 */
export async function prepareBridge(kernel: Kernel, config: BridgeConfig): Promise<void> {
  kernel.step('Network', `prepare the bridge ${config.name}`, '--network');
  if (await isReady(kernel, config)) return;
  await makeBridge(kernel, config);
  await enableForwarding(kernel, { six: config.subnet6 !== undefined });
  if (!(await isFirewallReady(kernel, config))) await prepareFirewall(kernel, config);
}

async function isReady(kernel: Kernel, config: BridgeConfig): Promise<boolean> {
  const net = new Netlink(kernel);
  try {
    const sysctls = [FORWARD_4, ...(config.subnet6 ? [FORWARD_6] : []), localNetOf(config.name)];
    const [link, values, firewall] = await Promise.all([
      net.links.find(config.name),
      readSysctls(kernel, sysctls),
      isFirewallReady(kernel, config),
    ]);
    refuseOtherKind(config.name, link);
    if (!link?.up || !firewall || values.some((value) => value === '0')) return false;
    // Of this link alone: a host may have a thousand.
    const addresses = await net.addresses.list(link.index);
    const own = addresses.map((a) => `${a.address}/${a.prefixLength}`);
    return ownAddresses(config).every((address) => own.includes(address));
  } finally {
    net.close();
  }
}

function refuseOtherKind(name: string, link: Link | undefined): void {
  if (!link || link.kind === 'bridge') return;
  throw new KeelsonError('conflict', `there is already an interface ${name}, and it is no bridge`, {
    code: 'NOT_A_BRIDGE',
  });
}

async function makeBridge(kernel: Kernel, config: BridgeConfig): Promise<void> {
  const { name, mtu } = config;
  const net = new Netlink(kernel);
  // With an address of its own: otherwise a bridge takes the lowest of its ports', which change with every container.
  const mac = containerMac(gatewayOf(config.subnet4));
  net.links.create({ kind: 'bridge', name, mac, ...(mtu === undefined ? {} : { mtu }) }, { allow: [EEXIST] });
  // A container must not pass for the router of the host (CVE-2020-13401).
  writeSysctl(kernel, `net/ipv6/conf/${name}/accept_ra`, '0');
  // So that packets from 127.0.0.1 may leave towards a published port; the firewall keeps them from coming in.
  writeSysctl(kernel, localNetOf(name), '1');
  for (const address of ownAddresses(config)) net.addresses.add(name, address, { nodad: true, allow: [EEXIST] });
  net.links.change(name, { up: true });
  net.close();
  await kernel.flush();
}

function ownAddresses({ subnet4, subnet6 }: BridgeConfig): string[] {
  return [subnet4, subnet6].flatMap((subnet) => (subnet ? [`${gatewayOf(subnet)}/${parsePrefix(subnet).length}`] : []));
}

function localNetOf(name: string): string {
  return `net/ipv4/conf/${name}/route_localnet`;
}
