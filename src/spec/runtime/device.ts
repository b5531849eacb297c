import { object, optional } from '../schema/composites.ts';
import { int64, nonEmptyString, oneOf, uint32, userOrGroupId } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** A device node in the container. */
export interface Device {
  /** Absolute, in the container. */
  path: string;
  /** Block, character (`u` is the same), or a FIFO. */
  type: 'b' | 'c' | 'u' | 'p';
  /** Required unless the type is `p`. */
  major?: number | undefined;
  minor?: number | undefined;
  /** Permission bits, 0o666 when missing. Docker adds the bits of the file type, which say nothing new here. */
  fileMode?: number | undefined;
  /** Ids in the container. */
  uid?: number | undefined;
  gid?: number | undefined;
}

export const deviceSchema: Schema<Device> = object<Device>({
  path: nonEmptyString,
  type: oneOf(['b', 'c', 'u', 'p']),
  major: optional(int64),
  minor: optional(int64),
  fileMode: optional(uint32),
  uid: optional(userOrGroupId),
  gid: optional(userOrGroupId),
});
