import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AddressBook,
  attachBridge,
  type BridgeAttachment,
  type BridgeConfig,
  buildHostnameFile,
  buildHostsFile,
  buildResolvConf,
  chooseBridge,
  DEFAULT_BRIDGE,
  gatewayOf,
  nameServersOf,
} from '../network/index.ts';
import type { NetworkSetup } from '../runtime/index.ts';
import { loopbackOnly } from '../runtime/index.ts';
import type { ContainerConfig, ContainerState, Mount, PortConfig } from '../spec/index.ts';

type Kernel = Parameters<NetworkSetup['prepare']>[0];

export interface ConnectOptions {
  id: string;
  config: ContainerConfig;
  hostname: string;
  /** The container's own folder, for the files that tell it of its network. */
  folder: string;
  /** Folder that a restart of the host clears, for the addresses in use. */
  addressFolder: string;
  /** Shares its network with us, and the files that tell of it. */
  networkOwner: ContainerState | undefined;
  /** Plan without asking or writing anything. */
  dryRun: boolean;
}

/** How one container is connected: by the network room, for the runtime room, which do not know each other. */
export interface Connection {
  setup: NetworkSetup | undefined;
  /** /etc/hosts, /etc/hostname and /etc/resolv.conf, unless the container brings its own. */
  mounts: Mount[];
  /** What is known once the container runs. */
  describe(): Promise<{ network?: ContainerState['network']; ports: PortConfig[] }>;
}

const FILES = ['hosts', 'hostname', 'resolv.conf'] as const;

export function connectNetwork(options: ConnectOptions): Connection {
  const { config, folder, networkOwner, dryRun } = options;
  const taken = new Set(config.mounts.map((m) => m.target));
  const mounts = FILES.filter((name) => !dryRun && !taken.has(`/etc/${name}`)).map((name) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: join(networkOwner?.folder ?? folder, name),
    options: ['rbind', 'rprivate'],
  }));
  if (config.network.mode === 'bridge') return { ...throughBridge(options), mounts };
  if (networkOwner) return { setup: undefined, mounts, describe: async () => ({ ports: [] }) };
  if (!dryRun) writeFiles(options, { addresses: [] });
  const setup = config.network.mode === 'host' ? undefined : loopbackOnly();
  return { setup, mounts, describe: async () => ({ ports: [] }) };
}

/** The addresses of a container are free again. */
export function releaseAddresses(addressFolder: string, id: string): void {
  for (const family of ['4', '6']) new AddressBook(join(addressFolder, family)).release(id);
}

function throughBridge(options: ConnectOptions): Omit<Connection, 'mounts'> {
  let made: { attachment: BridgeAttachment; network: ContainerState['network'] } | undefined;
  const connected = () => {
    if (!made) throw new TypeError('the network was not prepared');
    return made;
  };
  const setup: NetworkSetup = {
    async prepare(kernel) {
      const bridge = await findBridge(kernel, options);
      made = attach(bridge, options);
      if (!options.dryRun) await made.attachment.prepare(kernel);
    },
    onHost: (kernel, child) => connected().attachment.onHost(kernel, child),
    inContainer: (kernel) => connected().attachment.inContainer(kernel),
  };
  const describe = async () => {
    const { attachment, network } = connected();
    return { network, ports: await attachment.publishedPorts() };
  };
  return { setup, describe };
}

/** In a dry run nobody can be asked which networks there are, so the plan shows the first that would be tried. */
function findBridge(kernel: Kernel, { config, dryRun }: ConnectOptions): Promise<BridgeConfig> {
  if (dryRun) return Promise.resolve({ name: DEFAULT_BRIDGE, subnet4: '10.208.0.0/20' });
  return chooseBridge(kernel, DEFAULT_BRIDGE, [
    ...config.network.dns,
    ...nameServersOf(readIfThere('/etc/resolv.conf')),
  ]);
}

function attach(bridge: BridgeConfig, options: ConnectOptions) {
  const { id, config, addressFolder, dryRun } = options;
  const { ip, ip6, macAddress, ports } = config.network;
  const reserve = (family: 4 | 6, subnet: string, wanted: string | undefined) =>
    dryRun
      ? (wanted ?? '10.208.0.2')
      : new AddressBook(join(addressFolder, String(family))).reserve(subnet, id, wanted);
  const address4 = reserve(4, bridge.subnet4, ip);
  const address6 = bridge.subnet6 === undefined ? undefined : reserve(6, bridge.subnet6, ip6);
  const gateway4 = gatewayOf(bridge.subnet4);
  const addresses = [address4, ...(address6 === undefined ? [] : [address6])];
  if (!dryRun) writeFiles(options, { addresses, gateway: gateway4 });
  const attachment = attachBridge({ containerId: id, bridge, address4, address6, mac: macAddress, ports });
  const known = { ip4: address4, gateway4, ...(address6 === undefined ? {} : { ip6: address6 }) };
  return { attachment, network: macAddress === undefined ? known : { ...known, macAddress } };
}

function writeFiles(
  { config, hostname, folder }: ConnectOptions,
  { addresses, gateway }: { addresses: string[]; gateway?: string },
): void {
  const { network, domainname } = config;
  const onHost = network.mode === 'host';
  const hosts = buildHostsFile({
    hostname,
    domainname,
    addresses,
    extraHosts: network.extraHosts,
    hostGateway: gateway ?? '127.0.0.1',
  });
  const resolv = buildResolvConf({
    host: readIfThere('/etc/resolv.conf'),
    systemd: readIfThere('/run/systemd/resolve/resolv.conf'),
    dns: network.dns.length > 0 ? network.dns : undefined,
    search: network.dnsSearch.length > 0 ? network.dnsSearch : undefined,
    options: network.dnsOptions.length > 0 ? network.dnsOptions : undefined,
    six: addresses.length > 1,
  });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: (typeof FILES)[number], text: string) =>
    writeFileSync(join(folder, name), text, { mode: 0o644 });
  write('hosts', onHost && network.extraHosts.length === 0 ? readIfThere('/etc/hosts') || hosts : hosts);
  write('hostname', buildHostnameFile(hostname));
  // On the host's own network its name servers can be reached as they are, loopback ones too.
  write('resolv.conf', onHost && network.dns.length === 0 ? readIfThere('/etc/resolv.conf') : resolv);
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
