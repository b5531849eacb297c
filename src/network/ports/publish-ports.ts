import { formatIp, invalid, parseIp } from '../../base/index.ts';
import type { Kernel, NftChange, NftElement } from '../../kernel/index.ts';
import { Nftables } from '../../kernel/index.ts';
import type { PortConfig } from '../../spec/index.ts';
import { publishedKey, targetData } from '../firewall/firewall-keys.ts';
import { PORT_MAPS } from '../firewall/port-maps.ts';
import { TABLE } from '../firewall/ruleset.ts';
import { holdPort } from './hold-port.ts';

/** Where published ports lead: addresses of the container, without a length. */
export interface PortTarget {
  address4: string;
  address6?: string | undefined;
}

/** A port of the host at one address, and where it leads. */
export interface Redirection {
  hostIp: Uint8Array;
  protocol: PortConfig['protocol'];
  hostPort: number;
  target: Uint8Array;
  containerPort: number;
}

/** A thousand answers may be outstanding at a time, and a port takes up to eight calls. */
const PORTS_AT_ONCE = 50;

/**
 * Takes ports of the host for a container, in the process, which then is the one that publishes them.
 * A port on all addresses is one for IPv4 and the same for IPv6, where the container has that.
 * @throws KeelsonError those of `holdPort`; invalid, `PORT_NEEDS_IPV6`
 */
export async function holdPorts(
  kernel: Kernel,
  ports: readonly PortConfig[],
  target: PortTarget,
): Promise<Redirection[]> {
  for (const { hostIp } of ports) refuseUnreachable(hostIp, target);
  const held: Redirection[] = [];
  for (let i = 0; i < ports.length; i += PORTS_AT_ONCE) {
    const some = ports.slice(i, i + PORTS_AT_ONCE);
    held.push(...(await Promise.all(some.map((port) => holdEverywhere(kernel, port, target)))).flat());
  }
  return held;
}

function refuseUnreachable(hostIp: string, { address6 }: PortTarget): void {
  if (address6 !== undefined || !hostIp.includes(':')) return;
  throw invalid('PORT_NEEDS_IPV6', `cannot publish on ${formatIp(parseIp(hostIp))}: the container has no IPv6 address`);
}

async function holdEverywhere(kernel: Kernel, config: PortConfig, target: PortTarget): Promise<Redirection[]> {
  const { protocol, containerPort } = config;
  const both = [new Uint8Array(4), ...(target.address6 ? [new Uint8Array(16)] : [])];
  const redirections: Redirection[] = [];
  let port = config.hostPort;
  for (const hostIp of config.hostIp === '' ? both : [parseIp(config.hostIp)]) {
    const hold = holdPort(kernel, { ip: hostIp, port, protocol });
    // The second family wants the port that the first one got.
    port = await hold;
    const to = parseIp((hostIp.length === 4 ? target.address4 : target.address6) ?? '');
    redirections.push({ hostIp, protocol, hostPort: port, target: to, containerPort });
  }
  return redirections;
}

/** Issues the redirections (destination NAT), in one transaction. `prepareBridge` must have been called. */
export function redirectPorts(kernel: Kernel, containerId: string, redirections: readonly Redirection[]): void {
  const changes = Object.values(PORT_MAPS).flatMap((name): NftChange[] => {
    const elements = redirections.filter((r) => mapOf(r) === name).map((r) => elementOf(r, containerId));
    return elements.length > 0 ? [{ act: 'add', set: { table: TABLE, name }, elements }] : [];
  });
  const nftables = new Nftables(kernel);
  nftables.change(changes, `publish the ports of the container ${containerId.slice(0, 12)}`);
  nftables.close();
}

function isEveryAddress({ hostIp }: Redirection): boolean {
  return hostIp.every((byte) => byte === 0);
}

function mapOf(redirection: Redirection): string {
  const { every4, every6, one4, one6 } = PORT_MAPS;
  if (isEveryAddress(redirection)) return redirection.hostIp.length === 4 ? every4 : every6;
  return redirection.hostIp.length === 4 ? one4 : one6;
}

function elementOf(redirection: Redirection, containerId: string): NftElement {
  const { protocol, hostPort, hostIp, target, containerPort } = redirection;
  const key = publishedKey(protocol, hostPort, isEveryAddress(redirection) ? undefined : hostIp);
  return { key, data: targetData(target, containerPort), comment: containerId };
}
