import { object, optional } from '../schema/composites.ts';
import { string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** On which CPUs a process added by `exec` runs; lists such as `0-3,7`. */
export interface ExecCpuAffinity {
  /** Before it moves into the container's cgroup. */
  initial?: string | undefined;
  /** After; the container's own when missing or empty. */
  final?: string | undefined;
}

export const execCpuAffinitySchema: Schema<ExecCpuAffinity> = object<ExecCpuAffinity>({
  initial: optional(string),
  final: optional(string),
});
