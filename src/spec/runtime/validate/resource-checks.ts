import { fieldPath, type Problem } from '../../schema/problem.ts';
import { shown } from '../../schema/scalars.ts';
import type { Resources } from '../resources/resources.ts';
import type { Check } from './check.ts';
import { isCpusetList } from './number-list.ts';

/** -1 is no limit and 0 counts as missing; nothing else below 1 means anything. */
function* memory({ memory: m = {} }: Resources): Generator<Problem> {
  const { limit = 0, swap = 0, reservation = 0 } = m;
  for (const [field, value] of Object.entries({ limit, swap, reservation })) {
    if (value < -1) yield { path: `memory.${field}`, message: `must be -1 or more, not ${value}` };
  }
  if (swap > 0 && limit > 0 && swap < limit) {
    yield {
      path: 'memory.swap',
      message: `${swap} is below memory.limit of ${limit}, but counts memory and swap together`,
    };
  }
}

/** Both cgroup versions refuse it: v1 wants memory below memory and swap together, v2 needs the difference. */
function* swapNeedsLimit({ memory: { limit = 0, swap = 0 } = {} }: Resources): Generator<Problem> {
  if (swap <= 0 || limit > 0) return;
  yield { path: 'memory.swap', message: 'needs memory.limit, for it counts memory and swap together' };
}

/** min_cfs_quota_period and max_cfs_quota_period of kernel/sched/core.c, in microseconds. */
const CFS_MIN = 1000;
const CFS_MAX = 1_000_000;

function* cpu({ cpu: c = {} }: Resources): Generator<Problem> {
  const { quota = 0, period = 0, burst = 0, idle = 0 } = c;
  const at = (field: string, message: string): Problem => ({ path: `cpu.${field}`, message });
  if (quota < -1) yield at('quota', `must be -1 or more, not ${quota}`);
  if (quota > 0 && quota < CFS_MIN) yield at('quota', `${quota} µs is below the kernel's minimum of ${CFS_MIN}`);
  if (period !== 0 && (period < CFS_MIN || period > CFS_MAX)) {
    yield at('period', `must be from ${CFS_MIN} to ${CFS_MAX} µs, not ${period}`);
  }
  if (quota > 0 && burst > quota) yield at('burst', `${burst} is above cpu.quota of ${quota}`);
  if (idle !== 0 && idle !== 1) yield at('idle', `must be 0 or 1, not ${idle}`);
  for (const field of ['cpus', 'mems'] as const) {
    if (!isCpusetList(c[field] ?? '')) yield at(field, `${shown(c[field])} is not a list such as 0-3,7`);
  }
}

function* pids({ pids: p = {} }: Resources): Generator<Problem> {
  if ((p.limit ?? 0) < -1) yield { path: 'pids.limit', message: `must be -1 or more, not ${p.limit}` };
}

/** What blkio.weight takes; cgroup v2 has weights of its own, to which these are converted. */
const WEIGHT_MIN = 10;
const WEIGHT_MAX = 1000;

function* blockIo({ blockIO = {} }: Resources): Generator<Problem> {
  yield* weights('blockIO', blockIO);
  for (const [i, device] of (blockIO.weightDevice ?? []).entries()) {
    const path = `blockIO.weightDevice[${i}]`;
    yield* weights(path, device);
    if (device.weight === undefined && device.leafWeight === undefined) {
      yield { path, message: 'has neither weight nor leafWeight' };
    }
  }
}

function* weights(
  path: string,
  given: { weight?: number | undefined; leafWeight?: number | undefined },
): Generator<Problem> {
  for (const [field, weight = 0] of Object.entries({ weight: given.weight, leafWeight: given.leafWeight })) {
    if (weight === 0 || (weight >= WEIGHT_MIN && weight <= WEIGHT_MAX)) continue;
    yield { path: `${path}.${field}`, message: `must be from ${WEIGHT_MIN} to ${WEIGHT_MAX}, not ${weight}` };
  }
}

function* hugepageLimits({ hugepageLimits: limits = [] }: Resources): Generator<Problem> {
  const seen = new Set<string>();
  for (const [i, { pageSize }] of limits.entries()) {
    const path = `hugepageLimits[${i}].pageSize`;
    // It becomes part of the name of a control file.
    if (!/^[1-9]\d{0,5}[KMG]B$/.test(pageSize))
      yield { path, message: `must be a size such as 2MB, not ${shown(pageSize)}` };
    if (seen.has(pageSize)) yield { path, message: `${pageSize} is there twice` };
    seen.add(pageSize);
  }
}

function* rdma({ rdma: devices = {} }: Resources): Generator<Problem> {
  for (const [name, { hcaHandles, hcaObjects }] of Object.entries(devices)) {
    if (hcaHandles !== undefined || hcaObjects !== undefined) continue;
    yield { path: fieldPath('rdma', name), message: 'has neither hcaHandles nor hcaObjects' };
  }
}

/** The key is a file of the container's own cgroup; a slash would reach that of another. */
function* unified({ unified: files = {} }: Resources): Generator<Problem> {
  for (const file of Object.keys(files)) {
    if (/^[a-z][^/]*\.[^/]+$/.test(file)) continue;
    yield {
      path: fieldPath('unified', file),
      message: 'is no file of a cgroup',
      hint: "use one such as 'memory.high'",
    };
  }
}

/** What holds for every change of limits. Paths start at the resources. */
export const updateChecks: readonly Check<Resources>[] = [memory, cpu, pids, blockIo, hugepageLimits, rdma, unified];

/** What holds for a new container besides: an update may leave out what stays as it is. */
export const resourceChecks: readonly Check<Resources>[] = [...updateChecks, swapNeedsLimit];
