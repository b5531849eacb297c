import type { CgroupSetup } from '../runtime/index.ts';

type Stats = ReturnType<CgroupSetup['stats']>;
type V1Counters = ReturnType<CgroupSetup['countersV1']>;
type Pressure = NonNullable<NonNullable<Stats['pressure']>['cpu']>;
type Json = Record<string, unknown>;

declare global {
  interface JSON {
    /** A number as it stands, without a detour through a JavaScript number (Node 22, JSON.parse with source text). */
    rawJSON(text: string): object;
  }
}

/** "No limit" of v1, whole pages, and runc's for v2: its readers compare with these. */
const UNLIMITED_V1 = JSON.rawJSON('9223372036854771712');
const UNLIMITED_V2 = JSON.rawJSON('18446744073709551615');

/** The `data` of a stats event: runc's names, in its order, and nothing where runc has nothing (types/events.go there). */
export function statsData(stats: Stats, v1: V1Counters): Json {
  const { pids, hugepages = {} } = stats;
  return {
    cpu: cpuData(stats, v1),
    cpuset: cpusetData(v1),
    memory: memoryData(stats, v1),
    pids: filled({ current: pids?.current, limit: finite(pids?.limit) }),
    blkio: { ...ioData(stats, v1), ...pressureOf(stats, 'io', v1) },
    hugetlb: Object.fromEntries(
      Object.entries(hugepages).map(([size, h]) => [
        size,
        { ...filled({ usage: h.usage, max: h.maxUsage }), failcnt: h.failures },
      ]),
    ),
    intel_rdt: {},
    network_interfaces: null,
  };
}

function cpuData(stats: Stats, v1: V1Counters): Json {
  const { total, perCpu, system = 0, user = 0, throttling } = stats.cpu ?? {};
  const { kernel: percpu_kernel, user: percpu_user } = v1.processors ?? {};
  const { periods, throttledPeriods, throttledTime } = throttling ?? {};
  return {
    usage: { ...filled({ total, percpu: perCpu, percpu_kernel, percpu_user }), kernel: system, user },
    throttling: filled({ periods, throttledPeriods, throttledTime }),
    ...pressureOf(stats, 'cpu', v1),
  };
}

/** v2 tells none of it; runc prints zeros there. */
function cpusetData({ cpuset }: V1Counters): Json {
  const of = (name: keyof NonNullable<V1Counters['cpuset']>['settings']) => cpuset?.settings[name] ?? 0;
  return {
    ...filled({ cpus: cpuset?.cpus }),
    cpu_exclusive: of('cpu_exclusive'),
    ...filled({ mems: cpuset?.mems }),
    mem_hardwall: of('mem_hardwall'),
    mem_exclusive: of('mem_exclusive'),
    memory_migrate: of('memory_migrate'),
    memory_spread_page: of('memory_spread_page'),
    memory_spread_slab: of('memory_spread_slab'),
    memory_pressure: of('memory_pressure'),
    sched_load_balance: of('sched_load_balance'),
    sched_relax_domain_level: of('sched_relax_domain_level'),
  };
}

function memoryData(stats: Stats, v1: V1Counters): Json {
  const { usage = 0, maxUsage, limit = 0, failures, detail = {} } = stats.memory ?? {};
  const unlimited = isV1(stats) ? UNLIMITED_V1 : UNLIMITED_V2;
  const bounded = (value: number) => (Number.isSafeInteger(value) ? value : unlimited);
  const raw = Object.entries(detail).map(([name, value]) => [name, bounded(value)] as const);
  return {
    ...filled({ cache: detail.cache ?? detail.file }),
    usage: entry({ limit: bounded(limit), usage, max: maxUsage, failcnt: failures }),
    swap: counter(v1.swap) ?? swapWithMemory(stats, bounded),
    kernel: counter(v1.kernel) ?? entry({}),
    kernelTCP: counter(v1.kernelTcp) ?? entry({}),
    ...(raw.length === 0 ? {} : { raw: Object.fromEntries(raw.sort(([a], [b]) => (a < b ? -1 : 1))) }),
    ...pressureOf(stats, 'memory', v1),
  };
}

/** v2 counts swap alone; runc adds the memory, so that it means the same with both. */
function swapWithMemory({ memory }: Stats, bounded: (value: number) => number | object): Json {
  if (!memory?.swap) return entry({});
  const { usage, limit, failures } = memory.swap;
  return entry({ limit: bounded(limit + memory.limit), usage: usage + memory.usage, failcnt: failures });
}

function counter(found: V1Counters['swap']): Json | undefined {
  if (found === undefined) return undefined;
  const { limit, usage, maxUsage: max, failures: failcnt } = found;
  return entry({ limit: JSON.rawJSON(String(limit)), usage, max, failcnt });
}

function entry(given: {
  limit?: number | object;
  usage?: number;
  max?: number | undefined;
  failcnt?: number | undefined;
}): Json {
  const { limit = 0, usage, max, failcnt = 0 } = given;
  return { limit, ...filled({ usage, max }), failcnt };
}

function ioData({ io }: Stats, v1: V1Counters): Json {
  const entries = (read: 'readBytes' | 'reads', write: 'writtenBytes' | 'writes') =>
    (io?.devices ?? []).flatMap(({ major, minor, [read]: r, [write]: w }) => [
      { major, minor, operation: 'Read', value: r },
      { major, minor, operation: 'Write', value: w },
    ]);
  const { bytes = entries('readBytes', 'writtenBytes'), operations = entries('reads', 'writes') } = v1.io ?? {};
  const named = (found: typeof bytes) =>
    found.map(({ major, minor, operation: op, value }) => filled({ major, minor, op, value }));
  return filled({ ioServiceBytesRecursive: named(bytes), ioServicedRecursive: named(operations) });
}

/** Only with v2 alone: a hybrid layout measures it too, but runc does not look there. */
function pressureOf(stats: Stats, resource: 'cpu' | 'memory' | 'io', v1: V1Counters): { psi?: Pressure } {
  const pressure = stats.pressure?.[resource];
  return pressure === undefined || isV1(stats) || v1.processors ? {} : { psi: pressure };
}

function isV1({ memory }: Stats): boolean {
  return memory !== undefined && 'hierarchical_memory_limit' in memory.detail;
}

function finite(limit: number | undefined): number | undefined {
  return limit !== undefined && Number.isFinite(limit) ? limit : undefined;
}

/** Go's `omitempty`: without what is zero or empty. */
function filled(values: Json): Json {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value))),
  );
}
