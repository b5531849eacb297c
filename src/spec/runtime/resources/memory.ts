import { object, optional } from '../../schema/composites.ts';
import { boolean, int64, integer } from '../../schema/scalars.ts';
import type { Schema } from '../../schema/schema.ts';

/** The memory controller. Bytes; -1 is no limit; 0 counts as missing, as for every Go runtime. */
export interface Memory {
  limit?: number | undefined;
  /** What the group keeps when memory is short: memory.low, or v1's soft limit. */
  reservation?: number | undefined;
  /** Memory and swap together, so never below `limit`; cgroup v2 counts swap alone. */
  swap?: number | undefined;
  /** Kernel memory; gone since Linux 5.4 and ignored. */
  kernel?: number | undefined;
  kernelTCP?: number | undefined;
  /** 0 to 100; cgroup v1 only. */
  swappiness?: number | undefined;
  /** Let tasks wait instead of killing one; cgroup v1 only. */
  disableOOMKiller?: boolean | undefined;
  useHierarchy?: boolean | undefined;
  /** Refuse an update to below what is in use instead of letting the OOM killer decide. */
  checkBeforeUpdate?: boolean | undefined;
}

export const memorySchema: Schema<Memory> = object<Memory>({
  limit: optional(int64),
  reservation: optional(int64),
  swap: optional(int64),
  kernel: optional(int64),
  kernelTCP: optional(int64),
  swappiness: optional(integer(0, 100)),
  disableOOMKiller: optional(boolean),
  useHierarchy: optional(boolean),
  checkBeforeUpdate: optional(boolean),
});
