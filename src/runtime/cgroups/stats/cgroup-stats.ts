/**
 * What a container uses, by controller; one that the host has not, or counts nothing in, is missing. Both versions of
 * cgroups give the same fields. A limit of Infinity is none. Times are nanoseconds, sizes bytes.
 */
export interface CgroupStats {
  cpu?: CpuStats;
  memory?: MemoryStats;
  pids?: PidsStats;
  io?: IoStats;
  /** By page size: `2MB`. */
  hugepages?: Readonly<Record<string, HugepageStats>>;
  /** By RDMA device. */
  rdma?: Readonly<Record<string, { hcaHandles: number; hcaObjects: number }>>;
  /** From the v2 folder, which measures it even where the controllers are v1's. */
  pressure?: { cpu?: Pressure; memory?: Pressure; io?: Pressure };
}

export interface CpuStats {
  total: number;
  user: number;
  system: number;
  /** Of each processor that is there or could come; v1 only. */
  perCpu?: readonly number[];
  /** Of the quota; missing without a cpu controller. */
  throttling?: {
    periods: number;
    /** In how many of them the quota was used up. */
    throttledPeriods: number;
    throttledTime: number;
  };
}

export interface MemoryStats {
  usage: number;
  /** The most that ever was; v2 since Linux 5.19. */
  maxUsage?: number;
  limit: number;
  /** How often the limit was reached. */
  failures: number;
  /** Processes killed because there was no more. */
  oomKills: number;
  /** Page cache that goes first when memory is short: what `docker stats` takes off the usage. */
  inactiveFile: number;
  /** Swap alone. On v1, where swap and memory have one limit together, `failures` is how often that was reached. */
  swap?: { usage: number; limit: number; failures: number };
  kernel?: number;
  /** memory.stat as the kernel gives it; the names differ between versions. */
  detail: Readonly<Record<string, number>>;
}

export interface PidsStats {
  current: number;
  limit: number;
}

export interface IoStats {
  devices: readonly {
    major: number;
    minor: number;
    readBytes: number;
    writtenBytes: number;
    reads: number;
    writes: number;
  }[];
}

export interface HugepageStats {
  usage: number;
  maxUsage?: number;
  limit: number;
  failures: number;
}

/** How much time was lost waiting (psi.rst): shares of the last 10, 60 and 300 seconds in percent, and microseconds. */
export interface Pressure {
  /** At least one task waited. */
  some: PressureTimes;
  /** All of them did. */
  full: PressureTimes;
}

export interface PressureTimes {
  avg10: number;
  avg60: number;
  avg300: number;
  total: number;
}
