/** Limits, in Docker's terms. Left out: no limit. */
export interface ResourceConfig {
  /** Bytes. */
  memory?: number | undefined;
  /** Bytes of memory and swap together; -1: as much swap as there is. */
  memorySwap?: number | undefined;
  memoryReservation?: number | undefined;
  memorySwappiness?: number | undefined;
  oomKillDisable?: boolean | undefined;
  /** `--cpus`: a number of processors, 1.5 is one and a half. */
  cpus?: number | undefined;
  cpuShares?: number | undefined;
  /** Microseconds. */
  cpuPeriod?: number | undefined;
  cpuQuota?: number | undefined;
  cpusetCpus?: string | undefined;
  cpusetMems?: string | undefined;
  /** -1: no limit. */
  pidsLimit?: number | undefined;
  /** 10 to 1000. */
  blkioWeight?: number | undefined;
  /** `b 8:* rwm`, as `--device-cgroup-rule` takes them. */
  deviceCgroupRules?: string[];
  cgroupParent?: string | undefined;
}
