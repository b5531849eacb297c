import type { HugepageStats } from './cgroup-stats.ts';
import type { FileReader } from './file-reader.ts';

/** `sizes`: those that the kernel has, `2MB`. */
export function hugepageStats(
  files: FileReader,
  version: 1 | 2,
  sizes: readonly string[],
): Record<string, HugepageStats> | undefined {
  const read = version === 1 ? hugepagesV1 : hugepagesV2;
  const found = sizes.flatMap((size) => {
    const stats = read(files, size);
    return stats === undefined ? [] : [[size, stats] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function hugepagesV1(files: FileReader, size: string): HugepageStats | undefined {
  const usage = files.amount(`hugetlb.${size}.usage_in_bytes`);
  if (usage === undefined) return undefined;
  const limit = files.amount(`hugetlb.${size}.limit_in_bytes`) ?? Number.POSITIVE_INFINITY;
  return {
    usage,
    maxUsage: files.amount(`hugetlb.${size}.max_usage_in_bytes`) ?? 0,
    // Without a limit the file says the largest number of whole pages in 63 bits.
    limit: limit >= 2 ** 62 ? Number.POSITIVE_INFINITY : limit,
    failures: files.amount(`hugetlb.${size}.failcnt`) ?? 0,
  };
}

function hugepagesV2(files: FileReader, size: string): HugepageStats | undefined {
  const usage = files.amount(`hugetlb.${size}.current`);
  if (usage === undefined) return undefined;
  return {
    usage,
    limit: files.amount(`hugetlb.${size}.max`) ?? Number.POSITIVE_INFINITY,
    failures: files.keyed(`hugetlb.${size}.events`).max ?? 0,
  };
}
