import type { CgroupSetup } from '../runtime/index.ts';

type Stats = ReturnType<CgroupSetup['stats']>;

declare global {
  interface JSON {
    /** A number as it stands, without a detour through a JavaScript number (Node 22, JSON.parse with source text). */
    rawJSON(text: string): object;
  }
}

/** "No limit" of v1, whole pages, and runc's for v2: its readers compare with these. */
const UNLIMITED_V1 = JSON.rawJSON('9223372036854771712');
const UNLIMITED_V2 = JSON.rawJSON('18446744073709551615');

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
  const isV1 = 'hierarchical_memory_limit' in detail;
  const unlimited = isV1 ? UNLIMITED_V1 : UNLIMITED_V2;
  const bounded = (value: number) => (Number.isSafeInteger(value) ? value : unlimited);
  return {
    usage: { limit: bounded(limit), usage, max: maxUsage, failcnt: failures },
    ...(swap ? { swap: { limit: bounded(swap.limit), usage: swap.usage, failcnt: swap.failures } } : {}),
    ...(kernel === undefined ? {} : { kernel: { limit: isV1 ? unlimited : 0, usage: kernel, failcnt: 0 } }),
    raw: Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, bounded(value)])),
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

function limitOf(limit: number | undefined): { limit?: number } {
  return limit === undefined || !Number.isFinite(limit) ? {} : { limit };
}
