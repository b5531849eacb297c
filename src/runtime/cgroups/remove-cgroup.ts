import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../../base/index.ts';
import type { Cgroup } from './cgroup.ts';
import { type BytePath, removeFolder, subfolders } from './cgroup-tree.ts';
import { listPids } from './list-pids.ts';

/** Milliseconds; doubled from 1 on. A process that was killed leaves its cgroup a moment after its parent has heard. */
const LONGEST_WAIT = 2000;

/**
 * Removes the folders, and first what the container made below them. Idempotent: what is not there is removed. The
 * folders above stay, for the next container: see `removeEmptyParents`.
 *
 * @throws KeelsonError conflict `CGROUP_BUSY` when processes are still in it after two seconds
 */
export async function removeCgroup(cgroup: Cgroup): Promise<void> {
  let waited = 0;
  for (let wait = 1; ; wait *= 2) {
    const busy = cgroup.folders.filter(({ path }) => removeTree(Buffer.from(path)) === 'busy');
    const [first] = busy;
    if (first === undefined) return;
    if (waited >= LONGEST_WAIT) {
      const pids = listPids(cgroup);
      const inside = pids.length > 0 ? `, processes ${pids.join(', ')} are in it` : '';
      throw new KeelsonError('conflict', `cannot remove the cgroup ${first.path}${inside}`, {
        code: 'CGROUP_BUSY',
        hint: 'end them first',
      });
    }
    await sleep(wait);
    waited += wait;
  }
}

/** Most often there is nothing below, so that is tried first. */
function removeTree(folder: BytePath): 'removed' | 'busy' {
  if (removeFolder(folder) === 'removed') return 'removed';
  const below = subfolders(folder);
  if (below.length === 0) return 'busy';
  if (below.map(removeTree).includes('busy')) return 'busy';
  return removeFolder(folder);
}
