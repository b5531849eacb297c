import type { Resources } from '../../spec/index.ts';
import type { CgroupHierarchy } from './cgroup-layout.ts';

/** One file of a cgroup and what to write to it. */
export interface CgroupWrite {
  file: string;
  value: string;
  /** For people: `limit memory to 64 MiB`. */
  what: string;
  /** The setting may be missing on this kernel. */
  allow?: 'any';
}

/** The files of one hierarchy for the limits asked for, in the order in which they must be written. */
export function cgroupSettings(hierarchy: CgroupHierarchy, resources: Resources): CgroupWrite[] {
  const write = hierarchy.version === 1 ? settingsV1 : settingsV2;
  return hierarchy.controllers.flatMap((controller) => write(controller, resources));
}

function settingsV1(controller: string, resources: Resources): CgroupWrite[] {
  switch (controller) {
    case 'memory':
      return memoryV1(resources);
    case 'cpu':
      return present([
        ['cpu.shares', resources.cpu?.shares, 'give a share of the processors'],
        ['cpu.cfs_period_us', resources.cpu?.period, 'measure processor time in this period'],
        ['cpu.cfs_quota_us', resources.cpu?.quota, 'limit processor time'],
      ]);
    case 'cpuset':
      return cpusets(resources);
    case 'pids':
      return present([['pids.max', limitOrMax(resources.pids?.limit), 'limit the number of processes']]);
    case 'blkio':
      return present([['blkio.weight', resources.blockIO?.weight, 'give a share of the disks']]);
    case 'devices':
      return devicesV1(resources);
    default:
      return [];
  }
}

function memoryV1({ memory }: Resources): CgroupWrite[] {
  // Memory first: the kernel refuses a memory limit above that of memory and swap together, and a new cgroup has none.
  const swap =
    memory?.swap === undefined ? [] : present([['memory.memsw.limit_in_bytes', memory.swap, 'limit memory and swap']]);
  return [
    ...present([
      ['memory.limit_in_bytes', memory?.limit, `limit memory to ${memory?.limit} bytes`],
      ['memory.soft_limit_in_bytes', memory?.reservation, 'keep some memory back'],
      ['memory.swappiness', memory?.swappiness, 'set how readily memory is swapped'],
      ['memory.oom_control', memory?.disableOOMKiller ? 1 : undefined, 'wait instead of killing when memory runs out'],
    ]),
    // Kernels without swap accounting have no such file, and then there is nothing to limit.
    ...swap.map((s) => ({ ...s, allow: 'any' as const })),
  ];
}

/** The rules as `c 1:3 rwm`; the last one that fits holds, so they are written in order (cgroup-v1/devices.rst). */
function devicesV1({ devices = [] }: Resources): CgroupWrite[] {
  return devices.map((rule) => {
    const number = (n: number | undefined) => (n === undefined || n < 0 ? '*' : String(n));
    const value = `${rule.type ?? 'a'} ${number(rule.major)}:${number(rule.minor)} ${rule.access ?? 'rwm'}`;
    return {
      file: rule.allow ? 'devices.allow' : 'devices.deny',
      value,
      what: `${rule.allow ? 'allow' : 'deny'} devices`,
    };
  });
}

function settingsV2(controller: string, resources: Resources): CgroupWrite[] {
  const { memory, cpu, pids } = resources;
  switch (controller) {
    case 'memory':
      return present([
        ['memory.max', limitOrMax(memory?.limit), `limit memory to ${memory?.limit} bytes`],
        ['memory.low', memory?.reservation, 'keep some memory back'],
        // v1 counts memory and swap together, v2 apart.
        ['memory.swap.max', limitOrMax(swapAlone(memory)), 'limit swap'],
      ]);
    case 'cpu':
      return present([
        [
          'cpu.weight',
          cpu?.shares === undefined ? undefined : weightFromShares(cpu.shares),
          'give a share of the processors',
        ],
        ['cpu.max', cpuMax(resources), 'limit processor time'],
      ]);
    case 'cpuset':
      return cpusets(resources);
    case 'pids':
      return present([['pids.max', limitOrMax(pids?.limit), 'limit the number of processes']]);
    default:
      return [];
  }
}

function cpusets({ cpu }: Resources): CgroupWrite[] {
  return present([
    ['cpuset.cpus', cpu?.cpus || undefined, 'choose the processors'],
    ['cpuset.mems', cpu?.mems || undefined, 'choose the memory nodes'],
  ]);
}

function swapAlone(memory: Resources['memory']): number | undefined {
  if (memory?.swap === undefined || memory.limit === undefined) return undefined;
  return memory.swap < 0 ? -1 : Math.max(0, memory.swap - memory.limit);
}

function cpuMax({ cpu }: Resources): string | undefined {
  if (cpu?.quota === undefined && cpu?.period === undefined) return undefined;
  return `${limitOrMax(cpu.quota ?? -1)} ${cpu.period ?? 100_000}`;
}

/** 2..262144 shares to 1..10000, linear, as in systemd and runc 1.1. */
function weightFromShares(shares: number): number {
  return Math.floor(1 + ((Math.max(2, Math.min(262144, shares)) - 2) * 9999) / 262142);
}

function limitOrMax(limit: number | undefined): string | undefined {
  if (limit === undefined) return undefined;
  return limit < 0 ? 'max' : String(limit);
}

function present(rows: readonly (readonly [string, string | number | undefined, string])[]): CgroupWrite[] {
  return rows.flatMap(([file, value, what]) => (value === undefined ? [] : [{ file, value: String(value), what }]));
}
