import { list, object, optional } from '../schema/composites.ts';
import { oneOf, string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** Modes of set_mempolicy(2); the place in the list is the number (include/uapi/linux/mempolicy.h). */
export const MEMORY_POLICY_MODES = [
  'MPOL_DEFAULT',
  'MPOL_PREFERRED',
  'MPOL_BIND',
  'MPOL_INTERLEAVE',
  'MPOL_LOCAL',
  'MPOL_PREFERRED_MANY',
  'MPOL_WEIGHTED_INTERLEAVE',
] as const;

export const MEMORY_POLICY_FLAGS = ['MPOL_F_NUMA_BALANCING', 'MPOL_F_RELATIVE_NODES', 'MPOL_F_STATIC_NODES'] as const;

/** From which NUMA nodes the container takes memory. */
export interface MemoryPolicy {
  mode: (typeof MEMORY_POLICY_MODES)[number];
  /** A list such as `0-3,7`. */
  nodes?: string | undefined;
  flags?: readonly (typeof MEMORY_POLICY_FLAGS)[number][] | undefined;
}

export const memoryPolicySchema: Schema<MemoryPolicy> = object<MemoryPolicy>({
  mode: oneOf(MEMORY_POLICY_MODES),
  nodes: optional(string),
  flags: optional(list(oneOf(MEMORY_POLICY_FLAGS))),
});
