import { object, optional } from '../schema/composites.ts';
import { int64, uint32 } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** The clocks that a time namespace can shift; time_namespaces(7) has no others. */
export const SHIFTABLE_CLOCKS: readonly string[] = ['monotonic', 'boottime'];

/** By how much a clock runs ahead in the container. */
export interface TimeOffset {
  secs?: number | undefined;
  /** On top of `secs`, so that -1 s is `secs` -1 and `nanosecs` 0; below 10^9. */
  nanosecs?: number | undefined;
}

export const timeOffsetSchema: Schema<TimeOffset> = object<TimeOffset>({
  secs: optional(int64),
  nanosecs: optional(uint32),
});
