import type { DeviceRule } from '../../../spec/index.ts';
import { type DeviceException, describeException, devicePolicy } from '../../devices/device-policy.ts';
import type { UnitProperty } from './systemd.ts';

/**
 * The device rules as far as systemd can have them: nothing but a list (DevicePolicy=strict). It is asked beside our own
 * filter, and both must agree, so rules that it cannot express leave it out (auto, with an empty list).
 * @throws KeelsonError as `devicePolicy`
 */
export function deviceProperties(rules: readonly DeviceRule[]): UnitProperty[] {
  const { allowed, exceptions } = devicePolicy(rules);
  const entries = exceptions.map(deviceEntry);
  const list = allowed || entries.includes(undefined) ? undefined : entries.flatMap((entry) => (entry ? [entry] : []));
  return [
    { name: 'DevicePolicy', signature: 's', value: list === undefined ? 'auto' : 'strict' },
    { name: 'DeviceAllow', signature: 'a(ss)', value: list ?? [] },
  ];
}

/** A path that systemd knows without a look at it, and the access; undefined for a minor number of all majors. */
function deviceEntry(exception: DeviceException): readonly [string, string] | undefined {
  const { type, major, minor } = exception;
  const kind = type === 'b' ? 'block' : 'char';
  const access = describeException(exception).split(' ')[2] ?? '';
  if (major === undefined) return minor === undefined ? [`${kind}-*`, access] : undefined;
  return [minor === undefined ? `${kind}-${major}` : `/dev/${kind}/${major}:${minor}`, access];
}
