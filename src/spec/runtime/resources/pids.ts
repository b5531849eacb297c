import { object, optional } from '../../schema/composites.ts';
import { int64 } from '../../schema/scalars.ts';
import type { Schema } from '../../schema/schema.ts';

/** The pids controller. */
export interface Pids {
  /** How many tasks, threads included; -1 is no limit. Missing since 1.3 means no limit too; 0 counts as missing. */
  limit?: number | undefined;
}

export const pidsSchema: Schema<Pids> = object<Pids>({ limit: optional(int64) });
