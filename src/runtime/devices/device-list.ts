import { type DevicePolicy, describeException } from './device-policy.ts';

/** One line for a file of the v1 devices controller. */
export interface DeviceListWrite {
  file: 'devices.allow' | 'devices.deny';
  line: string;
}

/**
 * The writes that give a v1 cgroup a policy, in order (Documentation/admin-guide/cgroup-v1/devices.rst). The first
 * drops all that was there before, so a running container loses its devices for a moment: write it when it is new.
 */
export function deviceList({ allowed, exceptions }: DevicePolicy): DeviceListWrite[] {
  const otherwise = allowed ? 'devices.deny' : 'devices.allow';
  return [
    { file: allowed ? 'devices.allow' : 'devices.deny', line: 'a *:* rwm' },
    ...exceptions.map((exception) => ({ file: otherwise, line: describeException(exception) }) as const),
  ];
}
