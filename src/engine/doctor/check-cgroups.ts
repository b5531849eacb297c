import type { CgroupHierarchy } from '../../runtime/index.ts';
import type { HostCheck } from '../../spec/index.ts';
import { type Finding, ok, warn } from './check.ts';
import type { HostFacts } from './host-facts.ts';

const area = 'Limits (cgroups)';

/** What flags need. The v2 hierarchy has devices and freezing without a controller. */
const NEEDED = [
  { name: 'memory', for: '--memory' },
  { name: 'cpu', for: '--cpus' },
  { name: 'cpuset', for: '--cpuset-cpus' },
  { name: 'pids', for: '--pids-limit' },
  { name: 'io', v1: 'blkio', for: '--blkio-weight' },
] as const;

export function checkCgroups(facts: HostFacts): HostCheck[] {
  const { mode } = facts.cgroups;
  const remedy = 'mount -t cgroup2 none /sys/fs/cgroup; systemd and most init systems do';
  const mounted = mode === 'none' ? warn('not mounted: no limit can be set', remedy) : ok(mode);
  return [
    { id: 'cgroups', area, title: 'cgroups are mounted', ...mounted },
    ...(mode === 'none' ? [] : [{ id: 'cgroup-controllers', area, title: 'Controllers', ...controllers(facts) }]),
    ...(mode === 'none' ? [] : [{ id: 'cgroup-writable', area, title: 'cgroups can be made', ...writable(facts) }]),
  ];
}

function controllers({ cgroups: { mode, hierarchies } }: HostFacts): Finding {
  const present = new Set(hierarchies.flatMap((hierarchy) => hierarchy.controllers));
  const missing = NEEDED.filter(({ name, ...other }) => !present.has(mode !== 'v2' && 'v1' in other ? other.v1 : name));
  if (missing.length === 0) return ok([...present].toSorted().join(', '));
  const flags = missing.map((controller) => controller.for).join(', ');
  const names = missing.map(({ name }) => name).join(', ');
  return warn(
    `missing: ${names}, for ${flags}`,
    `take cgroup_disable= out of the kernel's command line, or start a kernel with ${names}`,
  );
}

function writable({ cgroups: { hierarchies }, mayWrite, user }: HostFacts): Finding {
  const refused = hierarchies.filter((hierarchy) => !mayWrite(ownFolder(hierarchy)));
  if (refused.length < hierarchies.length) return ok('yes');
  if (user === 0) return warn('no: read-only', 'mount -o remount,rw /sys/fs/cgroup, or run outside of this container');
  return warn(
    'no: limits need a cgroup of your own',
    'systemd-run --user --scope -p Delegate=yes, or log in through systemd on a host with cgroup v2',
  );
}

function ownFolder({ mountPoint, root, own }: CgroupHierarchy): string {
  const below = own.startsWith(root) ? own.slice(root.length) : own;
  return `${mountPoint}/${below}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
}
