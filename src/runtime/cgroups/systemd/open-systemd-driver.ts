import { posix } from 'node:path';
import { KeelsonError } from '../../../base/index.ts';
import { type CgroupPaths, locateCgroup, pathsOf } from '../cgroup.ts';
import type { CgroupDriver } from '../cgroup-driver.ts';
import { detectCgroups } from '../detect-cgroups.ts';
import { connectSystemd, type SystemdPlace } from './connect-systemd.ts';
import { SystemdDriver } from './systemd-driver.ts';
import { type SystemdUnit, unitPath } from './systemd-unit.ts';

export interface SystemdRequest extends SystemdPlace {
  unit: SystemdUnit;
  annotations: Readonly<Record<string, string>>;
}

/** @throws KeelsonError unsupported `CGROUP_SYSTEMD` for a user's systemd on a host with cgroup v1 */
export function openSystemdDriver({ unit, annotations, ...place }: SystemdRequest): CgroupDriver {
  const { mode } = detectCgroups();
  if (place.user && mode !== 'v2') {
    throw new KeelsonError('unsupported', "a user's systemd owns no cgroups on a host with cgroup v1", {
      code: 'CGROUP_SYSTEMD',
      hint: 'leave --systemd-cgroup out',
    });
  }
  const connect = () => connectSystemd(place);
  return new SystemdDriver({ unit, annotations, cgroups: mode === 'v2' ? 2 : 1, connect });
}

/**
 * Where systemd makes the cgroup of a unit. The machine's systemd names its own slices from the root on; that of a user
 * has them below its own cgroup.
 */
export async function systemdCgroupPaths(unit: SystemdUnit, place: SystemdPlace): Promise<CgroupPaths> {
  using systemd = await connectSystemd(place);
  const above = place.user ? await systemd.controlGroup() : '/';
  return pathsOf(locateCgroup(detectCgroups(), posix.join('/', above, unitPath(unit))));
}
