import type { Resources } from '../../../spec/index.ts';
import { weightFromShares } from '../cpu-weight.ts';
import { ioWeight } from '../io-weight.ts';
import { given } from '../limit-text.ts';
import { swapAlone } from '../settings/memory-settings.ts';
import { quotaProperties, setProperties, weightProperties } from './cpu-properties.ts';
import { deviceProperties } from './device-properties.ts';
import { limitProperty } from './property.ts';
import type { UnitProperty } from './systemd.ts';
import { unifiedProperties } from './unified-properties.ts';

/** What decides how a limit is called. */
export interface SystemdFacts {
  /** Of the cgroups that systemd's controllers are in. */
  cgroups: 1 | 2;
  /** Of systemd. */
  version: number;
}

/**
 * What systemd has a property for, so that it does not set back what it does not know of: at a reload it writes its own
 * values again. The files themselves are written afterwards.
 * @throws KeelsonError as `planSettings`
 */
export function resourceProperties(resources: Resources, facts: SystemdFacts): UnitProperty[] {
  const { devices, memory = {}, cpu = {}, pids = {}, blockIO = {}, unified = {} } = resources;
  const { version } = facts;
  const limit = (name: string, value: number | undefined): UnitProperty[] =>
    given(value) === undefined ? [] : [limitProperty(name, value ?? 0)];
  const field = 'linux.resources.cpu.';
  const both = [
    ...quotaProperties(cpu, version),
    ...limit('TasksMax', pids.limit),
    ...setProperties(cpu, version, field),
  ];
  const list = devices === undefined ? [] : deviceProperties(devices);
  if (facts.cgroups === 1) {
    const { weight } = blockIO;
    const own = [
      ...limit('MemoryLimit', memory.limit),
      ...limit('CPUShares', cpu.shares),
      ...limit('BlockIOWeight', weight),
    ];
    return [...list, ...own, ...both];
  }
  const swap = swapAlone(memory);
  const weight = given(cpu.shares);
  const disks = given(blockIO.weight);
  return [
    ...list,
    ...limit('MemoryMax', memory.limit),
    ...limit('MemoryLow', memory.reservation),
    // None at all is a limit too; runc leaves that one out, and systemd lifts it at its next reload.
    ...(swap === undefined ? [] : [limitProperty('MemorySwapMax', swap)]),
    ...weightProperties(
      { weight: weight === undefined ? undefined : weightFromShares(weight), idle: cpu.idle === 1 },
      version,
    ),
    ...(disks === undefined ? [] : [limitProperty('IOWeight', ioWeight(disks))]),
    ...both,
    ...unifiedProperties(unified, version),
  ];
}
