import { invalid } from '../../../base/index.ts';
import { EINVAL } from '../../../kernel/index.ts';
import type { Cpu } from '../../../spec/index.ts';
import { MAX_SHARES, MIN_SHARES, weightFromShares } from '../cpu-weight.ts';
import { decimal, given } from '../limit-text.ts';
import type { Setting, SettingContext } from './setting.ts';

/** Microseconds: what a new cgroup has (default_cfs_period of kernel/sched/fair.c, default_bw_period). */
const DEFAULT_PERIOD = 100_000;

/** sched-bwc.rst and sched-rt-group.rst of the kernel's documentation. Times in microseconds. */
export function* cpuV1(cpu: Cpu, context: SettingContext): Generator<Setting> {
  yield* realtimeV1(cpu);
  // A group that is SCHED_IDLE has no weight: it cannot be set while it is, so it comes before or after.
  if (cpu.idle === 0 && context.updating) yield idle(0);
  const shares = given(cpu.shares);
  if (shares !== undefined) {
    const what = `weigh ${shares} in the competition for processors (1024 is usual)`;
    yield { field: 'cpu.shares', what, file: 'cpu.shares', values: [checkedShares(shares)] };
  }
  yield* bandwidthV1(cpu, context);
  if (cpu.idle === 1) yield idle(1);
}

function* realtimeV1(cpu: Cpu): Generator<Setting> {
  const period = given(cpu.realtimePeriod);
  const runtime = given(cpu.realtimeRuntime);
  if (period !== undefined) {
    const what = `count real-time work in periods of ${period} µs`;
    yield { field: 'cpu.realtimePeriod', what, file: 'cpu.rt_period_us', values: [decimal(period)] };
  }
  if (runtime !== undefined) {
    const what = `allow ${runtime} µs of real-time work a period`;
    yield { field: 'cpu.realtimeRuntime', what, file: 'cpu.rt_runtime_us', values: [decimal(runtime)] };
  }
}

/**
 * Quota, period and burst limit each other, also against the parent's. A new cgroup has no quota, so any order does; in
 * one with limits period and burst are tried first, may be refused with EINVAL, and are written again after the quota.
 */
function* bandwidthV1(cpu: Cpu, { updating }: SettingContext): Generator<Setting> {
  const quota = [...quotaV1(cpu)];
  const period = [...periodV1(cpu, updating)];
  const burst = [...burstOf(cpu, 'cpu.cfs_burst_us', updating)];
  if (updating && quota.length > 0) yield* [...period, ...burst].map((s) => ({ ...s, allow: [EINVAL] }));
  yield* [...(updating ? [] : period), ...quota, ...(updating ? period : []), ...burst];
}

function* quotaV1(cpu: Cpu): Generator<Setting> {
  const quota = given(cpu.quota);
  if (quota === undefined) return;
  const values = [quota < 0 ? '-1' : decimal(quota)];
  yield { field: 'cpu.quota', what: quotaTitle(cpu), file: 'cpu.cfs_quota_us', values };
}

function* periodV1(cpu: Cpu, updating: boolean): Generator<Setting> {
  const period = given(cpu.period);
  if (period === undefined || (period === DEFAULT_PERIOD && !updating)) return;
  const what = `count processor time in periods of ${period} µs`;
  yield { field: 'cpu.period', what, file: 'cpu.cfs_period_us', values: [decimal(period)] };
}

/** 0 is a value here, but also what a new cgroup has. */
function* burstOf({ burst }: Cpu, file: string, updating: boolean): Generator<Setting> {
  if (burst === undefined || (burst === 0 && !updating)) return;
  const what = `let ${burst} µs of unused processor time be saved up`;
  yield { field: 'cpu.burst', what, file, values: [decimal(burst)] };
}

/** cgroup-v2.rst */
export function* cpuV2(cpu: Cpu, context: SettingContext): Generator<Setting> {
  if (cpu.idle === 0 && context.updating) yield idle(0);
  const shares = given(cpu.shares);
  if (shares !== undefined) {
    const weight = weightFromShares(shares);
    const what = `weigh ${weight} in the competition for processors (100 is usual)`;
    yield { field: 'cpu.shares', what, file: 'cpu.weight', values: [String(weight)] };
  }
  const quota = given(cpu.quota);
  const period = given(cpu.period);
  const burst = [...burstOf(cpu, 'cpu.max.burst', context.updating)];
  if (quota !== undefined || period !== undefined) {
    if (context.updating) yield* burst.map((s) => ({ ...s, allow: [EINVAL] }));
    const most = quota === undefined || quota < 0 ? 'max' : decimal(quota);
    // One number alone leaves the period as it is.
    const values = [period === undefined ? most : `${most} ${decimal(period)}`];
    const field = quota === undefined ? 'cpu.period' : 'cpu.quota';
    yield { field, what: quotaTitle(cpu), file: 'cpu.max', values };
  }
  yield* burst;
  if (cpu.idle === 1) yield idle(1);
}

function idle(value: 0 | 1): Setting {
  const what = value === 1 ? 'run only when nobody else wants to' : 'compete for processors as usual';
  return { field: 'cpu.idle', what, file: 'cpu.idle', values: [String(value)] };
}

function quotaTitle({ quota = 0, period = DEFAULT_PERIOD }: Cpu): string {
  if (quota <= 0) return 'lift the limit of processor time';
  return `limit processor time to that of ${Number((quota / (given(period) ?? DEFAULT_PERIOD)).toPrecision(3))} processors`;
}

/** v1 would silently take the nearest weight it has; runc refuses too. */
function checkedShares(shares: number): string {
  if (shares >= MIN_SHARES && shares <= MAX_SHARES) return decimal(shares);
  const message = `linux.resources.cpu.shares must be from ${MIN_SHARES} to ${MAX_SHARES}, not ${shares}`;
  throw invalid('CGROUP_CPU_SHARES', message);
}

/** The same files in both versions (cpuset(7), cgroup-v2.rst). */
export function* cpuset(cpu: Cpu): Generator<Setting> {
  if (cpu.cpus) {
    yield { field: 'cpu.cpus', what: `use processors ${cpu.cpus} alone`, file: 'cpuset.cpus', values: [cpu.cpus] };
  }
  if (cpu.mems) {
    yield { field: 'cpu.mems', what: `use memory nodes ${cpu.mems} alone`, file: 'cpuset.mems', values: [cpu.mems] };
  }
}
