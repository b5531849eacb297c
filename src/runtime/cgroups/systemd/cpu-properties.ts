import { numberBits } from './number-bits.ts';
import { limitProperty } from './property.ts';
import type { UnitProperty } from './systemd.ts';

/** Microseconds: the kernel's default. */
const DEFAULT_PERIOD = 100_000;
/** systemd keeps whole percents of a processor: microseconds of a second. */
const PERCENT = 10_000;

/** CPUQuotaPeriodUSec came with systemd 242, AllowedCPUs and AllowedMemoryNodes with 244, an idle CPUWeight with 252. */
const VERSIONS = { period: 242, sets: 244, idle: 252 } as const;

/**
 * The quota in microseconds of a processor a second. Rounded up to systemd's percent, so that what is below the unit
 * may have what was asked for; the exact value is written to the file afterwards.
 */
export function quotaProperties(
  { quota, period }: { quota?: number | undefined; period?: number | undefined },
  version: number,
): UnitProperty[] {
  const properties: UnitProperty[] = [];
  if (period && version >= VERSIONS.period) properties.push(limitProperty('CPUQuotaPeriodUSec', period));
  if (!quota && !period) return properties;
  const perSecond = ((quota ?? 0) * 1_000_000) / (period || DEFAULT_PERIOD);
  const rounded = quota && quota > 0 ? Math.ceil(Math.floor(perSecond) / PERCENT) * PERCENT : -1;
  return [...properties, limitProperty('CPUQuotaPerSecUSec', rounded)];
}

/** Weight 0 is systemd's word for SCHED_IDLE. */
export function weightProperties(
  { weight, idle }: { weight?: number | undefined; idle: boolean },
  version: number,
): UnitProperty[] {
  if (idle && version >= VERSIONS.idle) return [limitProperty('CPUWeight', 0)];
  return weight === undefined ? [] : [limitProperty('CPUWeight', weight)];
}

export function setProperties(
  { cpus, mems }: { cpus?: string | undefined; mems?: string | undefined },
  version: number,
  field: string,
): UnitProperty[] {
  if (version < VERSIONS.sets) return [];
  const bits = (name: string, list: string | undefined, of: string): UnitProperty[] =>
    list ? [{ name, signature: 'ay', value: numberBits(list, `${field}${of}`) }] : [];
  return [...bits('AllowedCPUs', cpus, 'cpus'), ...bits('AllowedMemoryNodes', mems, 'mems')];
}
