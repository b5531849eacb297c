import { object, optional } from '../../schema/composites.ts';
import { int64, string, uint64 } from '../../schema/scalars.ts';
import type { Schema } from '../../schema/schema.ts';

/** The cpu and cpuset controllers. Times in microseconds. */
export interface Cpu {
  /** Weight against the groups beside it; 1024 is the usual one. */
  shares?: number | undefined;
  /** CPU time in each `period`, of all CPUs together; -1 is no limit. */
  quota?: number | undefined;
  /** What may be saved up on top of the quota. */
  burst?: number | undefined;
  period?: number | undefined;
  /** Real-time scheduling; cgroup v1 only. */
  realtimeRuntime?: number | undefined;
  realtimePeriod?: number | undefined;
  /** A list such as `0-3,7`. */
  cpus?: string | undefined;
  /** NUMA nodes, a list of the same form. */
  mems?: string | undefined;
  /** 1 makes the whole group SCHED_IDLE. */
  idle?: number | undefined;
}

export const cpuSchema: Schema<Cpu> = object<Cpu>({
  shares: optional(uint64),
  quota: optional(int64),
  burst: optional(uint64),
  period: optional(uint64),
  realtimeRuntime: optional(int64),
  realtimePeriod: optional(uint64),
  cpus: optional(string),
  mems: optional(string),
  idle: optional(int64),
});
