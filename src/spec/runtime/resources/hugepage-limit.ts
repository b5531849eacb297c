import { object } from '../../schema/composites.ts';
import { string, uint64 } from '../../schema/scalars.ts';
import type { Schema } from '../../schema/schema.ts';

/** The hugetlb controller, for pages of one size. */
export interface HugepageLimit {
  /** As in the names of the control files: `64KB`, `2MB`, `1GB`. */
  pageSize: string;
  /** Bytes. */
  limit: number;
}

export const hugepageLimitSchema: Schema<HugepageLimit> = object<HugepageLimit>({ pageSize: string, limit: uint64 });
