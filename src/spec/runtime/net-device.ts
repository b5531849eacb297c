import { object, optional } from '../schema/composites.ts';
import { string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** A network device that moves from the host into the container. */
export interface NetDevice {
  /** Its name there; the one on the host when missing. A trailing `%d` lets the kernel find a free number. */
  name?: string | undefined;
}

export const netDeviceSchema: Schema<NetDevice> = object<NetDevice>({ name: optional(string) });
