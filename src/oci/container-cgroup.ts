import { KeelsonError } from '../base/index.ts';
import { type CgroupSetup, locateCgroupFor, setUpCgroup } from '../runtime/index.ts';
import type { CommandCall } from './command.ts';
import type { ContainerState } from './container-state.ts';

/** The cgroup of a container is where its state says: a later command may be called from another cgroup than `create`. */
export function containerCgroup({
  id,
  cgroup_paths: cgroupPaths,
}: Pick<ContainerState, 'id' | 'cgroup_paths'>): CgroupSetup {
  return setUpCgroup({ id, spec: { ociVersion: '' }, cgroupPaths });
}

/**
 * `cgroup_paths` of the state. As with runc a path that does not begin with `/` counts from the caller's own cgroups, in
 * each hierarchy, and a container without one gets its id below them.
 * @throws KeelsonError unsupported `CGROUP_SYSTEMD`
 */
export function newCgroupPaths(
  { context, options, args }: CommandCall,
  cgroupsPath: string | undefined,
): Readonly<Record<string, string>> {
  if (options.systemdCgroup) {
    throw new KeelsonError('unsupported', 'the systemd cgroup driver is not available; use cgroupfs', {
      code: 'CGROUP_SYSTEMD',
    });
  }
  return locateCgroupFor(context.pid, cgroupsPath || (args[0] ?? ''));
}
