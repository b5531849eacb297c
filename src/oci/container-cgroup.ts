import { posix } from 'node:path';
import { KeelsonError } from '../base/index.ts';
import { type CgroupSetup, detectCgroups, setUpCgroup } from '../runtime/index.ts';
import type { ContainerState } from './container-state.ts';

/** The cgroup of a container follows from what its state says. */
export function containerCgroup({ id, config }: Pick<ContainerState, 'id' | 'config'>): CgroupSetup {
  const cgroupsPath = config.spec.linux?.cgroupsPath ?? `/${id}`;
  return setUpCgroup({ id, spec: { ociVersion: '', linux: { cgroupsPath } } });
}

/**
 * The path as it is kept: absolute, because later commands may be called from another cgroup than `create` was.
 * @throws KeelsonError unsupported `CGROUP_SYSTEMD`
 */
export function absoluteCgroupsPath(id: string, cgroupsPath: string | undefined, systemd: boolean): string {
  if (systemd) {
    throw new KeelsonError('unsupported', 'the systemd cgroup driver is not available; use cgroupfs', {
      code: 'CGROUP_SYSTEMD',
    });
  }
  return cgroupsPath ? posix.resolve('/', cgroupsPath) : `/${id}`;
}

/** `cgroup_paths` of the state: by controller, the unified hierarchy as `""`. */
export function cgroupPaths(cgroupsPath: string): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const { version, controllers, name, mountPoint } of detectCgroups().hierarchies) {
    const keys = version === 2 ? [''] : name === undefined ? controllers : [`name=${name}`];
    for (const key of keys) paths[key] = posix.join(mountPoint, cgroupsPath);
  }
  return paths;
}
