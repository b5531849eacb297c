import { CAPABILITY_NAMES, type CapabilityName } from '../../spec/index.ts';

/** CAP_LAST_CAP of include/uapi/linux/capability.h up to Linux 6.18; a kernel's own is in /proc/sys/kernel/cap_last_cap. */
export const LAST_CAPABILITY = CAPABILITY_NAMES.length - 1;

let numbers: ReadonlyMap<string, number> | undefined;

/** The number of `CAP_CHOWN` and so on; undefined for a name that is none. Exact spelling: that of the OCI specification. */
export function capabilityNumber(name: string): number | undefined {
  numbers ??= new Map(CAPABILITY_NAMES.map((known, number) => [known, number]));
  return numbers.get(name);
}

/** The name of a capability's number; undefined past CAP_CHECKPOINT_RESTORE (40). */
export function capabilityName(number: number): CapabilityName | undefined {
  return CAPABILITY_NAMES[number];
}

/** The names in a set of bits, in the order of their numbers. */
export function capabilityNames(mask: bigint): CapabilityName[] {
  return CAPABILITY_NAMES.filter((_name, number) => (mask >> BigInt(number)) & 1n);
}
