import type { Pids } from '../../../spec/index.ts';
import { given, limitV2 } from '../limit-text.ts';
import type { Setting } from './setting.ts';

/** The same file in both versions (cgroup-v1/pids.rst). Tasks are threads too. */
export function* pids({ limit: wanted }: Pids): Generator<Setting> {
  const limit = given(wanted);
  if (limit === undefined) return;
  const what = limit < 0 ? 'lift the limit of tasks' : `limit tasks to ${limit}`;
  yield { field: 'pids.limit', what, file: 'pids.max', values: [limitV2(limit)] };
}
