import type { UnitProperty } from './systemd.ts';

/** systemd's word for no limit: UINT64_MAX. */
const NONE = 2n ** 64n - 1n;

/** `t`, of a limit of a specification: negative is none. */
export function limitProperty(name: string, limit: number): UnitProperty {
  return { name, signature: 't', value: limit < 0 ? NONE : BigInt(limit) };
}

/** The same, as the files of cgroup v2 have it. Undefined for what is no limit: the kernel will say so. */
export function textLimitProperty(name: string, text: string): UnitProperty | undefined {
  const trimmed = text.trim();
  if (trimmed === 'max') return { name, signature: 't', value: NONE };
  return /^\d{1,19}$/.test(trimmed) ? { name, signature: 't', value: BigInt(trimmed) } : undefined;
}

export function booleanProperty(name: string, value: boolean): UnitProperty {
  return { name, signature: 'b', value };
}

export function textProperty(name: string, value: string): UnitProperty {
  return { name, signature: 's', value };
}
