import { object, optional } from '../../schema/composites.ts';
import { boolean, int64, oneOf, string } from '../../schema/scalars.ts';
import type { Schema } from '../../schema/schema.ts';

/** A rule of the devices controller: who may read, write and make which device nodes. */
export interface DeviceRule {
  allow: boolean;
  /** Character, block, or all; all when missing. */
  type?: 'a' | 'b' | 'c' | '' | undefined;
  /** All when missing; -1 says the same. */
  major?: number | undefined;
  minor?: number | undefined;
  /** Letters of `rwm`: read, write, mknod. */
  access?: string | undefined;
}

export const deviceRuleSchema: Schema<DeviceRule> = object<DeviceRule>({
  allow: boolean,
  type: optional(oneOf(['a', 'b', 'c', ''])),
  major: optional(int64),
  minor: optional(int64),
  access: optional(string),
});
