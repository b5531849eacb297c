import type { CgroupSetup } from '../runtime/index.ts';

type Stats = ReturnType<CgroupSetup['stats']>;

/** runc's "no limit", which its readers compare with. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** The `data` of a stats event, with runc's names (types/events.go there). */
export function statsData({ cpu, memory, pids, io, hugepages = {} }: Stats): Record<string, unknown> {
  return {
    cpu: {
      usage: {
        total: cpu?.total ?? 0,
        ...(cpu?.perCpu ? { percpu: cpu.perCpu } : {}),
        kernel: cpu?.system ?? 0,
        user: cpu?.user ?? 0,
      },
      throttling: {
        ...(cpu?.throttling?.periods ? { periods: cpu.throttling.periods } : {}),
        ...(cpu?.throttling?.throttledPeriods ? { throttledPeriods: cpu.throttling.throttledPeriods } : {}),
        ...(cpu?.throttling?.throttledTime ? { throttledTime: cpu.throttling.throttledTime } : {}),
      },
    },
    memory: memoryData(memory),
    pids: { current: pids?.current ?? 0, ...limitOf(pids?.limit) },
    blkio: ioData(io),
    hugetlb: Object.fromEntries(
      Object.entries(hugepages).map(([size, h]) => [size, { usage: h.usage, max: h.maxUsage, failcnt: h.failures }]),
    ),
    intel_rdt: {},
    network_interfaces: null,
  };
}

function memoryData(memory: Stats['memory']): Record<string, unknown> {
  if (memory === undefined) return {};
  const { usage, maxUsage = 0, limit, failures, swap, kernel, detail } = memory;
  return {
    usage: { limit: bounded(limit), usage, max: maxUsage, failcnt: failures },
    ...(swap ? { swap: { limit: bounded(swap.limit), usage: swap.usage, failcnt: swap.failures } } : {}),
    ...(kernel === undefined ? {} : { kernel: { limit: UNLIMITED, usage: kernel, failcnt: 0 } }),
    raw: detail,
  };
}

function ioData(io: Stats['io']): Record<string, unknown> {
  const devices = io?.devices ?? [];
  if (devices.length === 0) return {};
  const entries = (read: 'readBytes' | 'reads', write: 'writtenBytes' | 'writes') =>
    devices.flatMap(({ major, minor, [read]: r, [write]: w }) => [
      { major, minor, op: 'Read', value: r },
      { major, minor, op: 'Write', value: w },
    ]);
  return {
    ioServiceBytesRecursive: entries('readBytes', 'writtenBytes'),
    ioServicedRecursive: entries('reads', 'writes'),
  };
}

function bounded(limit: number): number {
  return Number.isFinite(limit) ? limit : UNLIMITED;
}

function limitOf(limit: number | undefined): { limit?: number } {
  return limit === undefined || !Number.isFinite(limit) ? {} : { limit };
}
