import { readFileSync } from 'node:fs';
import type { CapabilityName } from '../spec/index.ts';
import { CAPABILITY_NAMES } from '../spec/index.ts';

/**
 * What this host lets a container have at most: the bounding set of this process, as Docker takes it. It lacks some where
 * the host is itself a container, and asking for those would fail in capset(2).
 */
export function availableCapabilities(): CapabilityName[] {
  return ownCapabilities('CapBnd');
}

/** A capability set of this process, by its name in /proc/self/status (proc(5)). */
export function ownCapabilities(set: 'CapBnd' | 'CapEff'): CapabilityName[] {
  const line = new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(readFileSync('/proc/self/status', 'latin1'));
  const mask = BigInt(`0x${line?.[1] ?? 'ffffffffffffffff'}`);
  return CAPABILITY_NAMES.filter((_name, number) => (mask >> BigInt(number)) & 1n);
}
