// host-path: sockets of the host's own services
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { KeelsonError } from '../../../base/index.ts';
import { socketPaths } from './dbus/bus-address.ts';
import { type BusPlace, connectBus } from './dbus/connect-bus.ts';
import type { Systemd } from './systemd.ts';
import { SystemdBus } from './systemd-bus.ts';

export interface SystemdPlace {
  /** The caller's, for the addresses of buses. */
  env: Readonly<Record<string, string | undefined>>;
  /** The systemd of the user, not of the machine. */
  user: boolean;
}

/**
 * Connects to systemd, as runc does: by the system bus, and without one by systemd's own socket, which only root can
 * open; for a user by the session's bus, and without one by the socket of the user's systemd.
 * @throws KeelsonError unavailable `SYSTEMD_UNAVAILABLE`
 */
export async function connectSystemd(place: SystemdPlace): Promise<Systemd> {
  // As sd_booted(3) does.
  if (!existsSync('/run/systemd/system'))
    throw unavailable('systemd does not run on this host: use the cgroupfs driver', place);
  const places = busPlaces(place);
  const failures: unknown[] = [];
  for (const one of places) {
    try {
      return new SystemdBus(await connectBus(one));
    } catch (error) {
      failures.push(error);
    }
  }
  const tried = places.map(({ path }) => path.replace('\0', '@')).join(' and ');
  const [cause] = failures;
  const why = cause instanceof Error ? cause.message : 'XDG_RUNTIME_DIR and DBUS_SESSION_BUS_ADDRESS are not set';
  throw unavailable(`cannot reach ${place.user ? "the user's systemd" : 'systemd'}${tried && ` at ${tried}`}: ${why}`, {
    ...place,
    cause,
  });
}

/** Where to try, in order. */
export function busPlaces({ env, user }: SystemdPlace): BusPlace[] {
  const brokered = (paths: readonly string[]) => paths.map((path) => ({ path, brokered: true }));
  if (!user) {
    const address = env.DBUS_SYSTEM_BUS_ADDRESS || 'unix:path=/run/dbus/system_bus_socket';
    return [...brokered(socketPaths(address)), { path: '/run/systemd/private', brokered: false }];
  }
  const folder = env.XDG_RUNTIME_DIR;
  const session = socketPaths(env.DBUS_SESSION_BUS_ADDRESS ?? '');
  const own = folder ? [posix.join(folder, 'bus')] : [];
  const direct = folder ? [{ path: posix.join(folder, 'systemd/private'), brokered: false }] : [];
  return [...brokered(session.length > 0 ? session : own), ...direct];
}

function unavailable(message: string, { user, cause }: { user: boolean; cause?: unknown }): KeelsonError {
  const hint = user
    ? 'log in through systemd (or loginctl enable-linger USER), or leave --systemd-cgroup out'
    : 'configure the engine for the cgroupfs driver: leave --systemd-cgroup out';
  return new KeelsonError('unavailable', message, { code: 'SYSTEMD_UNAVAILABLE', hint, cause });
}
