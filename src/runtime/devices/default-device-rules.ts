import type { DeviceRule } from '../../spec/index.ts';

/**
 * What every container may do, appended to the rules of its configuration as runc does (`specconv.AllowedDevices`), so
 * that no configuration can lock a container out of /dev/null.
 */
export const DEFAULT_DEVICE_RULES: readonly DeviceRule[] = [
  // Making a node gives no access to the device: opening it is asked about again.
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  allowCharacter(1, 3), // /dev/null
  allowCharacter(1, 5), // /dev/zero
  allowCharacter(1, 7), // /dev/full
  allowCharacter(1, 8), // /dev/random
  allowCharacter(1, 9), // /dev/urandom
  allowCharacter(5, 0), // /dev/tty
  allowCharacter(5, 2), // /dev/ptmx
  allowCharacter(136, -1), // /dev/pts/*, and /dev/console, which is one of them
  allowCharacter(10, 200), // /dev/net/tun: programs rely on it (runc 1.2.4 took its removal back); it needs CAP_NET_ADMIN
];

function allowCharacter(major: number, minor: number): DeviceRule {
  return { allow: true, type: 'c', major, minor, access: 'rwm' };
}
