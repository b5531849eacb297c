import type { Resources } from '../../../spec/index.ts';
import type { CgroupDriver } from '../cgroup-driver.ts';
import { resourceProperties } from './resource-properties.ts';
import type { Systemd } from './systemd.ts';
import { isSystemdError } from './systemd-error.ts';
import type { SystemdUnit } from './systemd-unit.ts';
import { unitProperties } from './unit-properties.ts';

export interface SystemdDriverOptions {
  unit: SystemdUnit;
  /** Of the container: some set properties. */
  annotations: Readonly<Record<string, string>>;
  /** Of the hierarchies with controllers. */
  cgroups: 1 | 2;
  connect(): Promise<Systemd>;
}

/** Cgroups that belong to systemd: each container is a transient unit. A connection lasts as long as what it is for. */
export class SystemdDriver implements CgroupDriver {
  readonly #options: SystemdDriverOptions;

  constructor(options: SystemdDriverOptions) {
    this.#options = options;
  }

  async start(pid: number, resources: Resources): Promise<void> {
    const { unit, annotations, cgroups, connect } = this.#options;
    using systemd = await connect();
    const facts = { cgroups, version: await systemd.version() };
    const properties = unitProperties({ unit, pid, resources, annotations, facts });
    try {
      await systemd.startTransientUnit(unit.name, properties);
    } catch (error) {
      if (!isSystemdError(error, 'UnitExists')) {
        await systemd.resetFailedUnit(unit.name).catch(() => undefined);
        throw error;
      }
      // One that failed stays until somebody has seen it. One that runs is not touched by this, and refused again.
      await systemd.resetFailedUnit(unit.name);
      await systemd.startTransientUnit(unit.name, properties);
    }
  }

  async attach(pid: number, path: string): Promise<void> {
    const { unit, connect } = this.#options;
    using systemd = await connect();
    await systemd.attachProcess(unit.name, path, pid);
  }

  async update(resources: Resources): Promise<void> {
    const { unit, cgroups, connect } = this.#options;
    using systemd = await connect();
    const properties = resourceProperties(resources, { cgroups, version: await systemd.version() });
    if (properties.length > 0) await systemd.setUnitProperties(unit.name, properties);
  }

  async stop(): Promise<void> {
    const { unit, connect } = this.#options;
    using systemd = await connect();
    await systemd.stopUnit(unit.name);
    await systemd.resetFailedUnit(unit.name);
  }
}
