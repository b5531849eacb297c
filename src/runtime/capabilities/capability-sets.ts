import type { Capabilities, CapabilityName } from '../../spec/index.ts';
import { capabilityNames, capabilityNumber, LAST_CAPABILITY } from './capability-names.ts';

/** The five sets of a thread (capabilities(7)), bit n for capability n. */
export interface CapabilitySets {
  bounding: bigint;
  effective: bigint;
  inheritable: bigint;
  permitted: bigint;
  ambient: bigint;
}

export interface CapabilityLimits {
  /** The last capability that the kernel knows; all that we know when missing. */
  last?: number;
  /** What the runtime itself may pass on, its permitted set; everything when missing. */
  available?: bigint;
}

/**
 * `process.capabilities` of an OCI configuration as bits. A capability that nobody knows or that cannot be granted is
 * left out with a warning, for the specification wants neither silence nor a failure.
 *
 * The kernel's rules are kept: effective lies within permitted (capset(2)), ambient within permitted and inheritable
 * (PR_CAP_AMBIENT_RAISE). So the calls that follow do not fail because of the sets.
 */
export function readCapabilitySets(
  capabilities: Capabilities,
  { last = LAST_CAPABILITY, available = -1n }: CapabilityLimits = {},
): { sets: CapabilitySets; warnings: string[] } {
  const warnings: string[] = [];
  const grantable = available & ((1n << BigInt(last + 1)) - 1n);
  const read = (set: keyof Capabilities, limit: bigint, why: string): bigint => {
    const { mask, unknown } = maskOf(capabilities[set] ?? []);
    for (const name of unknown) warnings.push(`process.capabilities.${set}: ${name} is not a capability of Linux`);
    for (const name of capabilityNames(mask & ~limit)) warnings.push(`process.capabilities.${set}: ${name} ${why}`);
    return mask & limit;
  };
  const unavailable = 'cannot be granted here';
  const bounding = read('bounding', grantable, unavailable);
  const permitted = read('permitted', grantable, unavailable);
  const inheritable = read('inheritable', grantable, unavailable);
  const effective = read('effective', permitted, 'is not in permitted');
  const ambient = read('ambient', permitted & inheritable, 'is not in both permitted and inheritable');
  return { sets: { bounding, effective, inheritable, permitted, ambient }, warnings };
}

/**
 * The sets that Docker gives a container's first process. Inheritable and ambient stay empty: an inheritable set made
 * capabilities of files reachable that the container never had (CVE-2022-24769). A user other than root starts with
 * nothing but the bounding set, which is what execve(2) would leave it.
 */
export function containerCapabilities(names: readonly CapabilityName[], uid: number): Capabilities {
  return uid === 0 ? { bounding: names, effective: names, permitted: names } : { bounding: names };
}

function maskOf(names: readonly string[]): { mask: bigint; unknown: string[] } {
  let mask = 0n;
  const unknown: string[] = [];
  for (const name of names) {
    const number = capabilityNumber(name);
    if (number === undefined) unknown.push(name);
    else mask |= 1n << BigInt(number);
  }
  return { mask, unknown };
}
