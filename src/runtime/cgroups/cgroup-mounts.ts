import { posix } from 'node:path';
import { type Cgroup, unifiedFolder } from './cgroup.ts';

/** What a container finds at /sys/fs/cgroup, in the order in which it is made. */
export type CgroupMount =
  /** An empty folder in memory that holds what follows. */
  | { kind: 'cover' }
  /** The container's part of a hierarchy, a folder of the host. `name`: below the cover; without it: in its place. */
  | { kind: 'bind'; source: string; name?: string }
  /** A symbolic link below the cover: `cpu` to `cpu,cpuacct`. */
  | { kind: 'link'; name: string; target: string };

/**
 * What to show of a container's cgroup: of v2 alone its folder; of several hierarchies a cover with a folder for each, as
 * on the host, and links for the controllers of those that are mounted together. (The v2 one of a hybrid host is among
 * them, as with crun; runc leaves it out.)
 *
 * The same with a cgroup namespace and without. runc mounts the hierarchies anew when there is one; a bind of the
 * container's folder shows the same, since its root is that of the namespace, and needs no privilege there.
 */
export function cgroupMounts({ mode, folders }: Cgroup): CgroupMount[] {
  const v2 = unifiedFolder({ mode, folders });
  if (mode === 'v2' && v2) return [{ kind: 'bind', source: v2.path }];
  // Under the host's own names, which programs know by heart: `cpu,cpuacct` and not `cpuacct,cpu`.
  const binds = folders.map(
    ({ path, mountPoint }) => ({ kind: 'bind', source: path, name: posix.basename(mountPoint) }) as const,
  );
  const links = folders
    .filter(({ version, controllers }) => version === 1 && controllers.length > 1)
    .flatMap(({ controllers, mountPoint }) => controllers.map((name) => ({ name, target: posix.basename(mountPoint) })))
    .map((link) => ({ kind: 'link', ...link }) as const);
  return [{ kind: 'cover' }, ...binds, ...links];
}
