import type { Cgroup } from '../cgroup.ts';
import { folderOf } from '../cgroup.ts';
import { FileReader } from './file-reader.ts';

/** What v1 counts besides CgroupStats, in its own terms. What a controller that is not there counts is missing. */
export interface V1Counters {
  cpuset?: CpusetCounters;
  /** Nanoseconds of each processor that is there or could come. */
  processors?: { kernel: readonly number[]; user: readonly number[] };
  /** Memory and swap together. */
  swap?: MemoryCounter;
  kernel?: MemoryCounter;
  /** Of the kernel's TCP buffers. */
  kernelTcp?: MemoryCounter;
  io?: { bytes: readonly IoEntry[]; operations: readonly IoEntry[] };
}

export interface MemoryCounter {
  usage: number;
  maxUsage: number;
  /** "None" is more than a JavaScript number holds. */
  limit: bigint;
  failures: number;
}

/** `operation`: `Read`, `Write`, `Sync`, `Async`, `Discard`, `Total`. */
export interface IoEntry {
  major: number;
  minor: number;
  operation: string;
  value: number;
}

export interface CpusetCounters {
  cpus: readonly number[];
  mems: readonly number[];
  /** By the names of the control files behind `cpuset.`. */
  settings: Readonly<Record<(typeof CPUSET_FILES)[number], number>>;
}

const CPUSET_FILES = [
  'cpu_exclusive',
  'mem_hardwall',
  'mem_exclusive',
  'memory_migrate',
  'memory_spread_page',
  'memory_spread_slab',
  'memory_pressure',
  'sched_load_balance',
  'sched_relax_domain_level',
] as const;

export function readV1Counters(cgroup: Cgroup): V1Counters {
  const reader = (controller: string) => {
    const folder = folderOf(cgroup, controller);
    return folder?.version === 1 ? new FileReader(folder.path) : undefined;
  };
  const [cpuset, accounting, memory, io] = ['cpuset', 'cpuacct', 'memory', 'blkio'].map(reader);
  return {
    ...(cpuset && { cpuset: cpusetCounters(cpuset) }),
    ...(accounting && { processors: processors(accounting) }),
    ...(memory && memoryCounters(memory)),
    ...(io && {
      io: {
        bytes: ioEntries(io.text('blkio.throttle.io_service_bytes_recursive')),
        operations: ioEntries(io.text('blkio.throttle.io_serviced_recursive')),
      },
    }),
  };
}

function cpusetCounters(files: FileReader): CpusetCounters {
  const settings = CPUSET_FILES.map((name) => [name, files.amount(`cpuset.${name}`) ?? 0] as const);
  return {
    cpus: numbersOf(files.text('cpuset.cpus')),
    mems: numbersOf(files.text('cpuset.mems')),
    settings: Object.fromEntries(settings) as CpusetCounters['settings'],
  };
}

/** `0-2,5` is 0, 1, 2 and 5. */
function numbersOf(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((part) => {
      if (part === '') return [];
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** Lines such as `0 4000000 8000000`: processor, user, kernel. */
function processors(files: FileReader): NonNullable<V1Counters['processors']> {
  const lines = files.text('cpuacct.usage_all').trim().split('\n').slice(1);
  const times = lines.map((line) => line.split(' ').map(Number));
  return { kernel: times.map(([, , kernel = 0]) => kernel), user: times.map(([, user = 0]) => user) };
}

function memoryCounters(files: FileReader): Pick<V1Counters, 'swap' | 'kernel' | 'kernelTcp'> {
  const names = { swap: 'memory.memsw', kernel: 'memory.kmem', kernelTcp: 'memory.kmem.tcp' };
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, file]) => {
      const limit = files.text(`${file}.limit_in_bytes`).trim();
      if (!/^\d+$/.test(limit)) return [];
      const amount = (which: string) => files.amount(`${file}.${which}`) ?? 0;
      const [usage, maxUsage, failures] = ['usage_in_bytes', 'max_usage_in_bytes', 'failcnt'].map(amount);
      return [[name, { usage, maxUsage, limit: BigInt(limit), failures }]];
    }),
  );
}

function ioEntries(text: string): IoEntry[] {
  return text.split('\n').flatMap((line) => {
    const [, major, minor, operation = '', value] = /^(\d+):(\d+) (\w+) (\d+)$/.exec(line) ?? [];
    return major === undefined ? [] : [{ major: Number(major), minor: Number(minor), operation, value: Number(value) }];
  });
}
