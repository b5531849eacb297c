import type { FileSetting } from '../cgroup-plan.ts';

/** A control file to be written for a field of the resources. */
export interface Setting extends FileSetting {
  /** From the resources on: `memory.limit`, `blockIO.throttleReadBpsDevice[0]`. */
  field: string;
  /** `limit memory to 64MiB` */
  what: string;
}

/** What a setting can depend on besides the resources. */
export interface SettingContext {
  /** The cgroup has settings and processes already. Otherwise all is as the kernel makes it, and empty. */
  updating: boolean;
  /** The kernel can count swap; asked only when swap matters. */
  swap: boolean;
  /** io.weight is there (CONFIG_BLK_CGROUP_IOCOST); asked only when a weight matters. */
  ioCost: boolean;
}
