import { posix } from 'node:path';
import { invalid } from '../../../base/index.ts';

/** The unit that a container is in: what `slice:prefix:name` of a `cgroupsPath` means. */
export interface SystemdUnit {
  /** `keelson-web.scope` */
  name: string;
  /** `system.slice`: what it lies in. */
  slice: string;
  /** What its name is made of: `keelson`, and the container as whoever reads lists of units knows it. */
  prefix: string;
  title: string;
}

/** The names of a container that has no `cgroupsPath`. */
const PREFIX = 'keelson';

/**
 * Reads `slice:prefix:name` as runc does: the unit is `prefix-name.scope`, and a name that ends in `.slice` stands for
 * itself. Without a slice it is `system.slice`, or `user.slice` of a user's systemd.
 * @throws KeelsonError invalid `CGROUP_PATH_INVALID`
 */
export function unitOf(cgroupsPath: string | undefined, { id, user }: { id: string; user: boolean }): SystemdUnit {
  const parts = (cgroupsPath || `:${PREFIX}:${id}`).split(':');
  const [slice = '', prefix = '', name = ''] = parts;
  if (parts.length !== 3 || name === '') {
    const message = `expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "${cgroupsPath}" instead`;
    throw invalid('CGROUP_PATH_INVALID', message, 'use one such as system.slice:keelson:NAME');
  }
  if (name.endsWith('.slice')) {
    const message = `the unit ${name} is a slice, and systemd lets no process be in one`;
    throw invalid('CGROUP_PATH_INVALID', message, 'name a scope: slice:prefix:name');
  }
  const unit = {
    name: `${prefix}-${name}.scope`,
    slice: slice || (user ? 'user.slice' : 'system.slice'),
    prefix,
    title: name,
  };
  requireName(unit.name);
  expandSlice(unit.slice);
  return unit;
}

/**
 * The folders of a slice, whose name tells those above it: `a-b.slice` lies at `/a.slice/a-b.slice`, and `-.slice` is
 * the root (systemd.slice(5)).
 * @throws KeelsonError invalid `CGROUP_PATH_INVALID`
 */
export function expandSlice(slice: string): string {
  if (slice === '-.slice') return '/';
  requireName(slice);
  const parts = /^(.+)\.slice$/.exec(slice)?.[1]?.split('-') ?? [''];
  if (parts.includes('')) {
    throw invalid('CGROUP_PATH_INVALID', `invalid slice name: ${slice}`, 'use one such as system.slice or a-b.slice');
  }
  return posix.join('/', ...parts.map((_, index) => `${parts.slice(0, index + 1).join('-')}.slice`));
}

/** Where the unit lies below systemd's own cgroup. */
export function unitPath({ name, slice }: Pick<SystemdUnit, 'name' | 'slice'>): string {
  return posix.join(expandSlice(slice), name);
}

/** unit_name_is_valid of systemd, and so never a way out of the folder. */
function requireName(name: string): void {
  if (/^[\w:.\\@-]{1,255}$/.test(name)) return;
  throw invalid(
    'CGROUP_PATH_INVALID',
    `'${name}' is no name of a systemd unit`,
    'take letters, digits and -_.:@ alone',
  );
}
