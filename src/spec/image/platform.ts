import { list, object, optional } from '../schema/composites.ts';
import { nonEmptyString, string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** For which machines an image is; Go's names (`amd64`, `arm64`). */
export interface Platform {
  architecture: string;
  os: string;
  /** `v7` of arm, for example. */
  variant?: string | undefined;
  'os.version'?: string | undefined;
  'os.features'?: readonly string[] | undefined;
}

export const platformSchema: Schema<Platform> = object<Platform>({
  architecture: nonEmptyString,
  os: nonEmptyString,
  variant: optional(string),
  'os.version': optional(string),
  'os.features': optional(list(string)),
});
