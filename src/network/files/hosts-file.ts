import { formatIp, invalid, tryParseIp } from '../../base/index.ts';

export interface HostsFileOptions {
  hostname: string;
  domainname?: string | undefined;
  /** The container's own addresses, the IPv4 one first. */
  addresses: readonly string[];
  /** `--add-host`: `name:address`; `host-gateway` stands for the host. */
  extraHosts?: readonly string[] | undefined;
  /** What `host-gateway` means. */
  hostGateway?: string | undefined;
}

const STANDARD = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::\tip6-localnet',
  'ff00::\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

/** The container's /etc/hosts, with the lines that Docker writes. @throws KeelsonError invalid, `EXTRA_HOST_INVALID` */
export function buildHostsFile(options: HostsFileOptions): string {
  const { hostname, domainname, addresses, extraHosts = [], hostGateway } = options;
  const names = domainname ? `${hostname}.${domainname} ${hostname}` : hostname;
  const extra = extraHosts.map((entry) => extraHostLine(entry, hostGateway));
  const own = addresses.map((address) => `${address}\t${names}`);
  return [...STANDARD, ...extra, ...own].map((line) => `${line}\n`).join('');
}

function extraHostLine(entry: string, hostGateway: string | undefined): string {
  // A name has neither sign; an IPv6 address has colons, and may stand in brackets.
  const [, name = '', value = ''] = /^([^:=]+)[:=](.+)$/s.exec(entry) ?? [];
  const text = value === 'host-gateway' ? (hostGateway ?? '') : value.replace(/^\[(.*)\]$/, '$1');
  const address = tryParseIp(text);
  if (!/^[\w.-]+$/.test(name) || !address) {
    throw invalid(
      'EXTRA_HOST_INVALID',
      `invalid extra host: '${entry}'`,
      'write name:address, or name:host-gateway for the host',
    );
  }
  return `${formatIp(address)}\t${name}`;
}
