import type { HostCheck } from '../../spec/index.ts';
import { type Finding, install, ok, warn } from './check.ts';
import type { HostFacts } from './host-facts.ts';

const area = 'Without root';

/** As many ids as an image may use: with fewer some files of it cannot be made. */
const ENOUGH_IDS = 65_536;

/** What ordinary users need besides user namespaces. For root these say what others on this host have. */
export function checkRootless(facts: HostFacts): HostCheck[] {
  return [
    { id: 'newuidmap', area, title: 'newuidmap and newgidmap', ...mapPrograms(facts) },
    ...(['subuid', 'subgid'] as const).map((file) => ({
      id: file,
      area,
      title: `Ids in /etc/${file}`,
      ...ids(facts, file),
    })),
    { id: 'pasta', area, title: 'Network by pasta', ...pasta(facts) },
    { id: 'unprivileged-ports', area, title: 'Ports below 1024', ...lowPorts(facts) },
  ];
}

function mapPrograms({ findProgram }: HostFacts): Finding {
  const missing = ['newuidmap', 'newgidmap'].filter((name) => findProgram(name) === undefined);
  return missing.length === 0 ? ok('present') : warn(`missing: ${missing.join(', ')}`, install('uidmap'));
}

function ids({ user, userName, readText }: HostFacts, file: 'subuid' | 'subgid'): Finding {
  const counts = (readText(`/etc/${file}`) ?? '').split('\n').flatMap((line) => {
    const [name, , count] = line.split(':');
    return (user === 0 && name) || name === userName || name === String(user) ? [Number(count ?? 0)] : [];
  });
  const most = Math.max(0, ...counts);
  if (most >= ENOUGH_IDS) return ok(user === 0 ? `ranges of users: ${counts.length}` : `${most} ids`);
  const who = user === 0 ? 'USER' : userName;
  return warn(most === 0 ? 'none' : `only ${most}`, `usermod --add-sub${file.slice(3)}s 100000-165535 ${who}`);
}

function pasta({ findProgram, isThere }: HostFacts): Finding {
  const path = findProgram('pasta');
  if (path === undefined) return warn('missing', install('passt'));
  return isThere('/dev/net/tun') ? ok(path) : warn('/dev/net/tun is missing', 'modprobe tun');
}

function lowPorts({ readText }: HostFacts): Finding {
  const first = readText('/proc/sys/net/ipv4/ip_unprivileged_port_start')?.trim();
  if (first === undefined) return warn('unknown', 'mount /proc');
  return Number(first) <= 80
    ? ok(`open from ${first}`)
    : warn(`root alone, below ${first}`, 'sysctl -w net.ipv4.ip_unprivileged_port_start=80');
}
