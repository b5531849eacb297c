import { isLoopbackIp, tryParseIp } from '../../base/index.ts';

export interface ResolvConfOptions {
  /** Text of the host's /etc/resolv.conf, and of systemd-resolved's /run/systemd/resolve/resolv.conf where there is one. */
  host?: string | undefined;
  systemd?: string | undefined;
  /** `--dns`, `--dns-search` (`.`: none), `--dns-option`; each takes the place of the host's. */
  dns?: readonly string[] | undefined;
  search?: readonly string[] | undefined;
  options?: readonly string[] | undefined;
  /** Can the container reach IPv6 name servers? */
  six?: boolean | undefined;
}

/** Asked when the host has no name server that a container can reach, as Docker does. */
const PUBLIC_NAME_SERVERS: readonly string[] = ['8.8.8.8', '8.8.4.4'];

/**
 * The container's /etc/resolv.conf: the host's, without name servers that only the host can reach (127.0.0.53, ::1, link-local
 * ones). When none is left, those that systemd-resolved asks itself, and then {@link PUBLIC_NAME_SERVERS}.
 */
export function buildResolvConf(options: ResolvConfOptions): string {
  const host = parse(options.host ?? '');
  const servers = options.dns?.length ? options.dns : inheritedServers(options);
  const search = options.search?.length ? options.search.filter((domain) => domain !== '.') : host.search;
  const settings = options.options?.length ? options.options : host.options;
  return [
    ...servers.map((server) => `nameserver ${server}\n`),
    ...(search.length > 0 ? [`search ${search.join(' ')}\n`] : []),
    ...(settings.length > 0 ? [`options ${settings.join(' ')}\n`] : []),
  ].join('');
}

/** The addresses after `nameserver` in a resolv.conf. */
export function nameServersOf(text: string): string[] {
  return parse(text).servers;
}

function inheritedServers({ host, systemd, six = false }: ResolvConfOptions): readonly string[] {
  for (const text of [host, systemd]) {
    const servers = parse(text ?? '').servers.filter((server) => isReachable(server, six));
    if (servers.length > 0) return servers;
  }
  return PUBLIC_NAME_SERVERS;
}

function isReachable(server: string, six: boolean): boolean {
  // An address with a zone (fe80::1%eth0) names an interface of the host.
  const bytes = tryParseIp(server);
  if (!bytes || isLoopbackIp(bytes)) return false;
  return bytes.length === 4 || (six && bytes[0] !== 0xfe);
}

/** resolv.conf(5): of several `search` or `domain` lines the last one counts, of `options` all. */
function parse(text: string): { servers: string[]; search: string[]; options: string[] } {
  const found = { servers: [] as string[], search: [] as string[], options: [] as string[] };
  for (const line of text.split('\n')) {
    const [word, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver' && values[0]) found.servers.push(values[0]);
    if (word === 'search' || word === 'domain') found.search = values;
    if (word === 'options') found.options.push(...values);
  }
  return found;
}
