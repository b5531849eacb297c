import { object, optional } from '../../schema/composites.ts';
import { uint32 } from '../../schema/scalars.ts';
import type { Schema } from '../../schema/schema.ts';

/** The rdma controller, for one device; at least one of the two is set. */
export interface RdmaLimit {
  hcaHandles?: number | undefined;
  hcaObjects?: number | undefined;
}

export const rdmaLimitSchema: Schema<RdmaLimit> = object<RdmaLimit>({
  hcaHandles: optional(uint32),
  hcaObjects: optional(uint32),
});
