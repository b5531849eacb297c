import type { MemoryStats } from './cgroup-stats.ts';
import type { FileReader } from './file-reader.ts';

/** PAGE_COUNTER_MAX in bytes, what v1 says for no limit: the largest multiple of a page in 63 bits, whatever the page. */
const UNLIMITED_V1 = 2 ** 63 - 2 ** 17;

export function memoryStatsV1(files: FileReader): MemoryStats | undefined {
  const usage = files.amount('memory.usage_in_bytes');
  if (usage === undefined) return undefined;
  const detail = files.keyed('memory.stat');
  const swap = swapV1(files, detail);
  return {
    usage,
    maxUsage: files.amount('memory.max_usage_in_bytes') ?? 0,
    limit: limitOf(files.amount('memory.limit_in_bytes')),
    failures: files.amount('memory.failcnt') ?? 0,
    oomKills: files.keyed('memory.oom_control').oom_kill ?? 0,
    inactiveFile: detail.total_inactive_file ?? 0,
    ...(swap ? { swap } : {}),
    kernel: files.amount('memory.kmem.usage_in_bytes') ?? 0,
    detail,
  };
}

/** v1 limits memory and swap together. What is left for swap depends on what memory takes: at most the difference. */
function swapV1(files: FileReader, detail: Record<string, number>): MemoryStats['swap'] {
  const both = files.amount('memory.memsw.limit_in_bytes');
  if (both === undefined) return undefined;
  const memory = limitOf(files.amount('memory.limit_in_bytes'));
  const limit = limitOf(both) === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : both - memory;
  const failures = files.amount('memory.memsw.failcnt') ?? 0;
  return { usage: detail.total_swap ?? detail.swap ?? 0, limit, failures };
}

function limitOf(bytes: number | undefined): number {
  return bytes === undefined || bytes >= UNLIMITED_V1 ? Number.POSITIVE_INFINITY : bytes;
}

export function memoryStatsV2(files: FileReader): MemoryStats | undefined {
  const usage = files.amount('memory.current');
  if (usage === undefined) return undefined;
  const detail = files.keyed('memory.stat');
  const events = files.keyed('memory.events');
  const maxUsage = files.amount('memory.peak');
  const swap = swapV2(files);
  return {
    usage,
    ...(maxUsage === undefined ? {} : { maxUsage }),
    limit: files.amount('memory.max') ?? Number.POSITIVE_INFINITY,
    failures: events.max ?? 0,
    oomKills: events.oom_kill ?? 0,
    inactiveFile: detail.inactive_file ?? 0,
    ...(swap ? { swap } : {}),
    // Since Linux 5.18.
    ...(detail.kernel === undefined ? {} : { kernel: detail.kernel }),
    detail,
  };
}

function swapV2(files: FileReader): MemoryStats['swap'] {
  const usage = files.amount('memory.swap.current');
  if (usage === undefined) return undefined;
  const limit = files.amount('memory.swap.max') ?? Number.POSITIVE_INFINITY;
  return { usage, limit, failures: files.keyed('memory.swap.events').max ?? 0 };
}
