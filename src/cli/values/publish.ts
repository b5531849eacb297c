import { formatIp, invalid, parseIp } from '../../base/index.ts';
import type { PortConfig } from '../../spec/index.ts';
import { csvFields } from './csv-fields.ts';

const EXPECTED = 'expected [IP:][HOST_PORT:]PORT[/tcp|/udp] such as 8080:80 or 127.0.0.1:53:53/udp';

interface PortRange {
  first: number;
  last: number;
}

/** `-p 8080:80`, `-p 127.0.0.1::80`, `-p [::1]:80:80/tcp`, `-p 8000-8002:80-82/udp`, `-p target=80,published=8080`: one entry for each port. */
export function publishValue(text: string): PortConfig[] {
  if (text.includes('=')) return publishValue(fromFields(text));
  const match = /^(?:(\[[^\]]*\]|[^:[\]]*):)?(?:([\d-]*):)?([\d-]+)(?:\/([a-zA-Z]+))?$/.exec(text);
  if (match === null) throw invalid('PORT_INVALID', EXPECTED);
  // With one colon what stands before it is the port of the host; with two it is an address.
  const [, before, between, inside = '', protocolText = 'tcp'] = match;
  const [ip, outside] = between === undefined ? ['', before] : [before ?? '', between];
  const protocol = portProtocol(protocolText);
  const container = portRange(inside, 1);
  const host = outside === undefined || outside === '' ? undefined : portRange(outside, 0);
  const count = container.last - container.first;
  if (host !== undefined && host.last - host.first !== count) {
    throw invalid('PORT_RANGES_DIFFER', 'the ranges of host ports and container ports must be equally long');
  }
  const hostIp = ip === '' ? '' : hostAddress(ip.replace(/^\[(.*)\]$/, '$1'));
  return Array.from({ length: count + 1 }, (_, offset) => ({
    hostIp,
    hostPort: host === undefined ? 0 : host.first + offset,
    containerPort: container.first + offset,
    protocol,
  }));
}

/** `--expose 80`, `--expose 8000-8010/udp`: `80/tcp` and so on, to be shown: every port of a container can be reached. */
export function exposeValue(text: string): string[] {
  const match = /^([\d-]+)(?:\/([a-zA-Z]+))?$/.exec(text);
  if (match === null) throw invalid('PORT_INVALID', 'expected PORT[-PORT][/tcp|/udp] such as 80 or 8000-8010/udp');
  const { first, last } = portRange(match[1] ?? '', 1);
  const protocol = portProtocol(match[2] ?? 'tcp');
  return Array.from({ length: last - first + 1 }, (_, offset) => `${first + offset}/${protocol}`);
}

/** The long form: its keys in the order of the short one. */
function fromFields(text: string): string {
  const fields = new Map(
    csvFields(text).map((field): [string, string] => {
      const equals = field.indexOf('=');
      return [field.slice(0, Math.max(equals, 0)), field.slice(equals + 1)];
    }),
  );
  for (const key of fields.keys()) {
    if (!/^(target|published|protocol|mode|host_ip)$/.test(key))
      throw invalid('PORT_INVALID', `${EXPECTED}, or target=PORT,published=HOST_PORT,protocol=udp`);
  }
  const target = fields.get('target');
  if (target === undefined || target.includes('=')) throw invalid('PORT_INVALID', 'expected target=PORT');
  return `${fields.get('host_ip') ?? ''}:${fields.get('published') ?? ''}:${target}/${fields.get('protocol') ?? 'tcp'}`;
}

function portRange(text: string, min: number): PortRange {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const first = Number(match?.[1] ?? Number.NaN);
  const last = Number(match?.[2] ?? first);
  if (first >= min && last >= first && last <= 65_535) return { first, last };
  throw invalid('PORT_INVALID', `expected ports from ${min} to 65535, not '${text}'`);
}

function portProtocol(text: string): PortConfig['protocol'] {
  const protocol = text.toLowerCase();
  if (protocol === 'tcp' || protocol === 'udp') return protocol;
  throw invalid('PORT_PROTOCOL', `expected tcp or udp after the slash, not '${text}'`);
}

function hostAddress(text: string): string {
  try {
    return formatIp(parseIp(text));
  } catch {
    throw invalid('PORT_ADDRESS', `expected an IP address of the host before the ports, not '${text}'`);
  }
}
