import { list, object, optional } from '../schema/composites.ts';
import { boolean, string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** Cache and memory bandwidth by Intel's Resource Director Technology, through the resctrl file system. */
export interface IntelRdt {
  /** Class of service: a folder of resctrl. The container's id when missing; `/` is the default class. */
  closID?: string | undefined;
  /** Lines of the file `schemata`, written last. */
  schemata?: readonly string[] | undefined;
  /** A line `L3:…`. */
  l3CacheSchema?: string | undefined;
  /** A line `MB:…`. */
  memBwSchema?: string | undefined;
  /** Make a monitoring group for the container. Since 1.3, in place of enableCMT and enableMBM. */
  enableMonitoring?: boolean | undefined;
}

export const intelRdtSchema: Schema<IntelRdt> = object<IntelRdt>({
  closID: optional(string),
  schemata: optional(list(string)),
  l3CacheSchema: optional(string),
  memBwSchema: optional(string),
  enableMonitoring: optional(boolean),
});
