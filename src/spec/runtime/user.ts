import { list, object, optional } from '../schema/composites.ts';
import { integer, userOrGroupId } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** As whom a process runs: ids of the container's user namespace. Names are resolved before a specification is made. */
export interface User {
  /** 0 when missing, as for every Go runtime, though the text calls it required. */
  uid?: number | undefined;
  gid?: number | undefined;
  /** File mode creation mask, 0 to 0o777; unchanged when missing. */
  umask?: number | undefined;
  additionalGids?: readonly number[] | undefined;
}

export const userSchema: Schema<User> = object<User>({
  uid: optional(userOrGroupId),
  gid: optional(userOrGroupId),
  umask: optional(integer(0, 0o777)),
  additionalGids: optional(list(userOrGroupId)),
});
