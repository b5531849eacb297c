import { KeelsonError } from '../../../base/index.ts';
import { DBusError } from './dbus/bus.ts';

const PREFIX = 'org.freedesktop.systemd1.';

/** Is it systemd's answer of that name: `NoSuchUnit`? */
export function isSystemdError(error: unknown, name: string): boolean {
  const answer = error instanceof KeelsonError ? error.cause : error;
  return answer instanceof DBusError && answer.errorName === `${PREFIX}${name}`;
}

/** What a user is told of systemd's answer. `what`: `start the unit keelson-a.scope`. */
export function systemdError(what: string, cause: unknown): KeelsonError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (isSystemdError(cause, 'UnitExists')) {
    return new KeelsonError('conflict', `systemd cannot ${what}: ${text}`, {
      code: 'CGROUP_OCCUPIED',
      hint: 'give the container another name in linux.cgroupsPath',
      cause,
    });
  }
  if (!(cause instanceof DBusError)) {
    return new KeelsonError('unavailable', `systemd cannot ${what}: ${text}`, { code: 'SYSTEMD_UNAVAILABLE', cause });
  }
  const denied = /AccessDenied|InteractiveAuthorizationRequired/.test(cause.errorName);
  return new KeelsonError(denied ? 'denied' : 'invalid', `systemd cannot ${what}: ${text}`, {
    code: 'SYSTEMD_REFUSED',
    cause,
  });
}
