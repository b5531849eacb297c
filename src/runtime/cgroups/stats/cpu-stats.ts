import type { CpuStats } from './cgroup-stats.ts';
import type { FileReader } from './file-reader.ts';

/** USER_HZ: the unit of cpuacct.stat, the same on all architectures we run on (times(2)). */
const NANOSECONDS_A_TICK = 1e9 / 100;

/** `accounting` is the folder of cpuacct, `cpu` that of the cpu controller; they are often the same. */
export function cpuStatsV1(accounting: FileReader | undefined, cpu: FileReader | undefined): CpuStats | undefined {
  const total = accounting?.amount('cpuacct.usage');
  if (accounting === undefined || total === undefined) return undefined;
  const perCpu = accounting.text('cpuacct.usage_percpu').trim().split(/\s+/).map(Number);
  const throttling = cpu && readThrottling(cpu.keyed('cpu.stat'), 'throttled_time', 1);
  return { total, ...timesV1(accounting), perCpu, ...(throttling ? { throttling } : {}) };
}

/** By the scheduler to the nanosecond since Linux 4.7; by the clock's ticks before. */
function timesV1(accounting: FileReader): { user: number; system: number } {
  const user = accounting.amount('cpuacct.usage_user');
  const system = accounting.amount('cpuacct.usage_sys');
  if (user !== undefined && system !== undefined) return { user, system };
  const ticks = accounting.keyed('cpuacct.stat');
  return { user: (ticks.user ?? 0) * NANOSECONDS_A_TICK, system: (ticks.system ?? 0) * NANOSECONDS_A_TICK };
}

/** cpu.stat is there without the cpu controller too, then without the lines about throttling. */
export function cpuStatsV2(files: FileReader): CpuStats | undefined {
  const stat = files.keyed('cpu.stat');
  if (stat.usage_usec === undefined) return undefined;
  const throttling = readThrottling(stat, 'throttled_usec', 1000);
  return {
    total: stat.usage_usec * 1000,
    user: (stat.user_usec ?? 0) * 1000,
    system: (stat.system_usec ?? 0) * 1000,
    ...(throttling ? { throttling } : {}),
  };
}

function readThrottling(stat: Record<string, number>, time: string, nanoseconds: number): CpuStats['throttling'] {
  if (stat.nr_periods === undefined) return undefined;
  return {
    periods: stat.nr_periods,
    throttledPeriods: stat.nr_throttled ?? 0,
    throttledTime: (stat[time] ?? 0) * nanoseconds,
  };
}
