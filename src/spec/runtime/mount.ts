import { list, object, optional } from '../schema/composites.ts';
import { nonEmptyString, string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';
import { type IdMapping, idMappingSchema } from './id-mapping.ts';

/** One mount inside the container. */
export interface Mount {
  /** Where, in the container. A relative one counts from `/`; the specification deprecates it. */
  destination: string;
  /** File system type as in /proc/filesystems; without meaning for a bind mount. */
  type?: string | undefined;
  /** A device or dummy name; for a bind mount a path of the host, absolute or relative to the bundle. */
  source?: string | undefined;
  /** As in mount(8); see `parseMountOptions`. */
  options?: readonly string[] | undefined;
  /** Mapping of an id-mapped mount (Linux 5.12), together with `gidMappings`. */
  uidMappings?: readonly IdMapping[] | undefined;
  gidMappings?: readonly IdMapping[] | undefined;
}

export const mountSchema: Schema<Mount> = object<Mount>({
  destination: nonEmptyString,
  type: optional(string),
  source: optional(string),
  options: optional(list(string)),
  uidMappings: optional(list(idMappingSchema)),
  gidMappings: optional(list(idMappingSchema)),
});
