import type { CgroupHierarchy, CgroupLayout } from './cgroup-layout.ts';

/** The files of the host that tell how its cgroups are laid out. */
export interface CgroupSources {
  /** /proc/self/mountinfo */
  mountinfo: string;
  /** /proc/self/cgroup */
  ownCgroups: string;
  /** Contents of cgroup.controllers in this folder, the mount point of the v2 hierarchy; empty when unreadable. */
  controllersAt: (mountPoint: string) => string;
}

/** The place where every distribution mounts cgroups; a v2 mount there means that nothing of v1 counts. */
const USUAL_PLACE = '/sys/fs/cgroup';

/** Options of the super block of a v1 hierarchy that are not controllers; cgroups(7), cgroup1_show_options in the kernel. */
const NOT_CONTROLLERS = new Set([
  'rw',
  'ro',
  'none',
  'noprefix',
  'xattr',
  'clone_children',
  'cpuset_v2_mode',
  'favordynmods',
  'seclabel',
]);

/** Reads the layout from the kernel's own tables. Pure. */
export function parseCgroupLayout(sources: CgroupSources): CgroupLayout {
  const own = parseProcessCgroups(sources.ownCgroups);
  const mounts = new Map<string, CgroupHierarchy>();
  for (const line of sources.mountinfo.split('\n')) {
    const hierarchy = line.includes(' - cgroup') ? parseMount(line, own, sources) : undefined;
    // Of two mounts on one place the later one is seen.
    if (hierarchy) mounts.set(hierarchy.mountPoint, hierarchy);
  }
  const all = onePerHierarchy([...mounts.values()]);
  const unified = all.filter(({ version }) => version === 2);
  const legacy = all.filter(({ version }) => version === 1);
  // Some programs mount a lone net_cls on a pure v2 host (split tunnels of VPNs do); it does not make the host a v1 one.
  if (unified.some(({ mountPoint }) => mountPoint === USUAL_PLACE)) return { mode: 'v2', hierarchies: unified };
  if (legacy.length === 0) return { mode: unified.length > 0 ? 'v2' : 'none', hierarchies: unified };
  return { mode: unified.length > 0 ? 'hybrid' : 'v1', hierarchies: all };
}

/**
 * Reads /proc/PID/cgroup: the cgroup of the process by controller, by `name=systemd` for a named hierarchy, and by an
 * empty key for v2.
 */
export function parseProcessCgroups(text: string): Map<string, string> {
  const own = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const controller of controllers.split(',')) own.set(controller, path);
  }
  return own;
}

/** A line of proc_pid_mountinfo(5): `31 30 0:28 /root /mount/point options optional… - cgroup source super,options`. */
function parseMount(
  line: string,
  own: ReadonlyMap<string, string>,
  { controllersAt }: CgroupSources,
): CgroupHierarchy | undefined {
  const [before = '', after = ''] = line.split(' - ');
  const [type, , superOptions = ''] = after.split(' ');
  const [, , , root, mountPoint] = before.split(' ').map(unescapeOctal);
  if (root === undefined || mountPoint === undefined) return undefined;
  if (type === 'cgroup2') {
    const controllers = controllersAt(mountPoint).split(/\s+/).filter(Boolean);
    return { version: 2, controllers, mountPoint, root, own: own.get('') ?? '/' };
  }
  if (type !== 'cgroup') return undefined;
  const options = superOptions.split(',').map(unescapeOctal);
  const name = options.find((option) => option.startsWith('name='))?.slice('name='.length);
  const controllers = options.filter((option) => !NOT_CONTROLLERS.has(option) && !option.includes('='));
  const key = name === undefined ? controllers[0] : `name=${name}`;
  if (key === undefined) return undefined;
  return { version: 1, controllers, name, mountPoint, root, own: own.get(key) ?? '/' };
}

/** A hierarchy can be mounted in many places, roots of containers among them: the usual place wins, then the first. */
function onePerHierarchy(mounts: readonly CgroupHierarchy[]): CgroupHierarchy[] {
  const chosen = new Map<string, CgroupHierarchy>();
  for (const mount of mounts) {
    const key = `${mount.version}:${mount.name ?? ''}:${mount.version === 1 ? mount.controllers.join(',') : ''}`;
    const known = chosen.get(key);
    if (known === undefined || (!isUsual(known) && isUsual(mount))) chosen.set(key, mount);
  }
  return [...chosen.values()];
}

function isUsual({ mountPoint }: CgroupHierarchy): boolean {
  return mountPoint === USUAL_PLACE || mountPoint.startsWith(`${USUAL_PLACE}/`);
}

/** Undoes the kernel's `\040` for characters that would break a line into fields. */
function unescapeOctal(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
