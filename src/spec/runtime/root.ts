import { object, optional } from '../schema/composites.ts';
import { boolean, nonEmptyString } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** The container's root file system. */
export interface Root {
  /** A folder: an absolute path, or one relative to the bundle. */
  path: string;
  readonly?: boolean | undefined;
}

export const rootSchema: Schema<Root> = object<Root>({ path: nonEmptyString, readonly: optional(boolean) });
