import type { Variant } from './dbus/value.ts';

/** A property of a unit, as systemd's D-Bus interface names and types it (org.freedesktop.systemd1(5)). */
export interface UnitProperty extends Variant {
  name: string;
}

/** The systemd that owns the cgroups: that of the machine, or that of a user. */
export interface Systemd extends Disposable {
  /** `252` of `252.38-1~deb12u1`; 0 when it says none. */
  version(): Promise<number>;
  /** The cgroup below which its units lie: empty for that of the machine. */
  controlGroup(): Promise<string>;
  /**
   * Makes a unit that is there as long as it has processes. Resolves when systemd has finished.
   * @throws KeelsonError conflict `CGROUP_OCCUPIED` when there is one of that name; `SYSTEMD_REFUSED`, `SYSTEMD_JOB`
   */
  startTransientUnit(name: string, properties: readonly UnitProperty[]): Promise<void>;
  /** Puts a process of the same user into a cgroup of the unit: `/`, or one that the unit's processes made below. */
  attachProcess(name: string, path: string, pid: number): Promise<void>;
  setUnitProperties(name: string, properties: readonly UnitProperty[]): Promise<void>;
  /** Resolves when all of its processes have gone; at once for a unit that is not there. */
  stopUnit(name: string): Promise<void>;
  /** Has systemd forget a unit that failed; nothing to forget is no failure. */
  resetFailedUnit(name: string): Promise<void>;
}
