import { invalid } from '../../base/index.ts';
import { CAPABILITY_NAMES, type CapabilityName } from '../../spec/index.ts';
import { capabilityNumber, LAST_CAPABILITY } from './capability-names.ts';

/** What Docker gives a container when nothing is added or dropped (github.com/moby/moby, daemon/pkg/oci/caps). */
export const DEFAULT_CAPABILITIES: readonly CapabilityName[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

export interface CapabilityRequest {
  /** `--cap-add`, `--cap-drop`: with or without `CAP_`, in any case, or `ALL`. */
  add?: readonly string[];
  drop?: readonly string[];
  /** `--privileged`: all, whatever is dropped, as Docker has it. */
  privileged?: boolean;
  /** The last capability that the kernel knows, which bounds `ALL` (/proc/sys/kernel/cap_last_cap). */
  last?: number;
}

const ALL = 'ALL';

/**
 * The capabilities of a container, in the order of their numbers, by Docker's rules:
 * - `ALL` added: all but those that are dropped by name;
 * - else `ALL` dropped: those that are added, and no other;
 * - else the default ones without the dropped, and with the added: what is both dropped and added is there.
 *
 * @throws KeelsonError `CAPABILITY_UNKNOWN`
 */
export function resolveCapabilities({
  add = [],
  drop = [],
  privileged = false,
  last,
}: CapabilityRequest): CapabilityName[] {
  const added = new Set(add.map(readCapability));
  const dropped = new Set(drop.map(readCapability));
  const all = CAPABILITY_NAMES.slice(0, (last ?? LAST_CAPABILITY) + 1);
  if (privileged) return all;
  if (added.has(ALL)) return all.filter((name) => !dropped.has(name));
  const kept = dropped.has(ALL) ? [] : DEFAULT_CAPABILITIES.filter((name) => !dropped.has(name));
  return CAPABILITY_NAMES.filter((name) => added.has(name) || kept.includes(name));
}

/** `net_admin`, `CAP_NET_ADMIN` and `Net_Admin` are one. */
function readCapability(text: string): string {
  const upper = text.trim().toUpperCase();
  if (upper === ALL) return ALL;
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (capabilityNumber(name) !== undefined) return name;
  throw invalid('CAPABILITY_UNKNOWN', `unknown capability "${text}"`, 'See capabilities(7); CAP_ may be left out.');
}
