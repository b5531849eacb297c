import { object } from '../schema/composites.ts';
import { oneOf, uint64 } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** The limits of getrlimit(2); the place in the list is the number on x86-64 and arm64 (asm-generic/resource.h). */
export const RLIMIT_TYPES = [
  'RLIMIT_CPU',
  'RLIMIT_FSIZE',
  'RLIMIT_DATA',
  'RLIMIT_STACK',
  'RLIMIT_CORE',
  'RLIMIT_RSS',
  'RLIMIT_NPROC',
  'RLIMIT_NOFILE',
  'RLIMIT_MEMLOCK',
  'RLIMIT_AS',
  'RLIMIT_LOCKS',
  'RLIMIT_SIGPENDING',
  'RLIMIT_MSGQUEUE',
  'RLIMIT_NICE',
  'RLIMIT_RTPRIO',
  'RLIMIT_RTTIME',
] as const;

export type RlimitType = (typeof RLIMIT_TYPES)[number];

/** A resource limit of a process. The unit depends on the type; see {@link rlimitValue} for "no limit". */
export interface Rlimit {
  type: RlimitType;
  soft: number;
  hard: number;
}

export const rlimitSchema: Schema<Rlimit> = object<Rlimit>({ type: oneOf(RLIMIT_TYPES), soft: uint64, hard: uint64 });

/** RLIM_INFINITY of prlimit64(2). */
export const RLIM_INFINITY: bigint = 2n ** 64n - 1n;

/** The value for the kernel. JSON has no room for 2^64-1 in a double: it is rounded to 2^64 when it is read. */
export function rlimitValue(value: number): bigint {
  return value >= 2 ** 64 ? RLIM_INFINITY : BigInt(value);
}
