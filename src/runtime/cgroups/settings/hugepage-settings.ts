import { formatMemory, invalid } from '../../../base/index.ts';
import { ENOENT } from '../../../kernel/index.ts';
import type { HugepageLimit } from '../../../spec/index.ts';
import { limitV1, limitV2 } from '../limit-text.ts';
import type { Setting } from './setting.ts';

/** cgroup-v1/hugetlb.rst */
export function* hugepagesV1(limits: readonly HugepageLimit[]): Generator<Setting> {
  yield* hugepages(limits, (limit) => ({ suffix: 'limit_in_bytes', value: limitV1(limit) }));
}

/** cgroup-v2.rst */
export function* hugepagesV2(limits: readonly HugepageLimit[]): Generator<Setting> {
  yield* hugepages(limits, (limit) => ({ suffix: 'max', value: limitV2(limit) }));
}

/**
 * Pages in use, and pages reserved by mmap(2): with the first alone, a program that touches a page over the limit is
 * killed by SIGBUS; with both, mmap fails (Linux 5.7; runc since 1.2).
 */
function* hugepages(
  limits: readonly HugepageLimit[],
  write: (limit: number) => { suffix: string; value: string },
): Generator<Setting> {
  for (const [index, { pageSize, limit }] of limits.entries()) {
    const { suffix, value } = write(limit);
    const field = `hugepageLimits[${index}]`;
    // It becomes part of a file's name.
    if (!/^[1-9]\d*[KMG]B$/.test(pageSize)) {
      throw invalid('CGROUP_PAGE_SIZE', `linux.resources.${field}.pageSize: '${pageSize}' is not a size such as 2MB`);
    }
    const what = `limit huge pages of ${pageSize} to ${formatMemory(limit)}`;
    yield { field, what, file: `hugetlb.${pageSize}.${suffix}`, values: [value] };
    yield { field, what, file: `hugetlb.${pageSize}.rsvd.${suffix}`, values: [value], allow: [ENOENT] };
  }
}
