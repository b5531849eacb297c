import { object } from '../schema/composites.ts';
import { uint32 } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** A line of /proc/PID/uid_map or gid_map: `size` ids from `containerID` inside are those from `hostID` outside. */
export interface IdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

export const idMappingSchema: Schema<IdMapping> = object<IdMapping>({
  containerID: uint32,
  hostID: uint32,
  size: uint32,
});
