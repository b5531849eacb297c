import type { Cgroup } from './cgroup.ts';
import { folderOf } from './cgroup.ts';
import { parseKeyed } from './keyed-values.ts';
import { readCgroupFile } from './read-cgroup-file.ts';

/**
 * How many processes of the cgroup were killed because its memory ran out: memory.events of v2 counts those below too,
 * memory.oom_control of v1 (Linux 4.13) its own. 0 when nobody counts. Read it before the cgroup is removed.
 */
export function oomKills(cgroup: Cgroup): number {
  const folder = folderOf(cgroup, 'memory');
  if (folder === undefined) return 0;
  const file = folder.version === 2 ? 'memory.events' : 'memory.oom_control';
  return parseKeyed(readCgroupFile(`${folder.path}/${file}`) ?? '').oom_kill ?? 0;
}
