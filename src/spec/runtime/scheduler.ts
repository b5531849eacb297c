import { list, object, optional } from '../schema/composites.ts';
import { int32, oneOf, uint64 } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** Policies of sched(7), as the specification lists them; Linux never had SCHED_ISO. */
export const SCHEDULER_POLICIES = [
  'SCHED_OTHER',
  'SCHED_FIFO',
  'SCHED_RR',
  'SCHED_BATCH',
  'SCHED_ISO',
  'SCHED_IDLE',
  'SCHED_DEADLINE',
] as const;

export const SCHEDULER_FLAGS = [
  'SCHED_FLAG_RESET_ON_FORK',
  'SCHED_FLAG_RECLAIM',
  'SCHED_FLAG_DL_OVERRUN',
  'SCHED_FLAG_KEEP_POLICY',
  'SCHED_FLAG_KEEP_PARAMS',
  'SCHED_FLAG_UTIL_CLAMP_MIN',
  'SCHED_FLAG_UTIL_CLAMP_MAX',
] as const;

/** Arguments of sched_setattr(2). */
export interface Scheduler {
  policy: (typeof SCHEDULER_POLICIES)[number];
  /** -20 (first) to 19, for SCHED_OTHER and SCHED_BATCH. */
  nice?: number | undefined;
  /** 1 to 99 (first), for SCHED_FIFO and SCHED_RR. */
  priority?: number | undefined;
  flags?: readonly (typeof SCHEDULER_FLAGS)[number][] | undefined;
  /** Nanoseconds; SCHED_DEADLINE only, like the next two. */
  runtime?: number | undefined;
  deadline?: number | undefined;
  period?: number | undefined;
}

export const schedulerSchema: Schema<Scheduler> = object<Scheduler>({
  policy: oneOf(SCHEDULER_POLICIES),
  nice: optional(int32),
  priority: optional(int32),
  flags: optional(list(oneOf(SCHEDULER_FLAGS))),
  runtime: optional(uint64),
  deadline: optional(uint64),
  period: optional(uint64),
});
