/** One tree of cgroups, where this process sees it. */
export interface CgroupHierarchy {
  version: 1 | 2;
  /** v1: those mounted together, `['cpu', 'cpuacct']`. v2: those in the root's cgroup.controllers; may be none. */
  controllers: readonly string[];
  /** v1 only: `systemd` for a hierarchy mounted with `none,name=systemd`. */
  name?: string | undefined;
  /** Host path of the mount. */
  mountPoint: string;
  /** Which cgroup of the hierarchy stands at the mount point: `/`, or more where a container's runtime bound a part. */
  root: string;
  /** The cgroup this process is in, from the hierarchy's root (or that of our cgroup namespace). */
  own: string;
}

/**
 * How the host groups its processes. `v1`: a hierarchy for each controller or two. `v2`: one for all. `hybrid`: v1 with a
 * v2 hierarchy beside it, which holds few controllers or none. `none`: nothing is mounted.
 */
export interface CgroupLayout {
  mode: 'v1' | 'hybrid' | 'v2' | 'none';
  /** As /proc/self/mountinfo lists them. */
  hierarchies: readonly CgroupHierarchy[];
}
