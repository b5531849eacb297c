import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectCgroups } from '../../runtime/index.ts';

/**
 * Takes processes of ours, this one among them, to the root of every cgroup hierarchy: an engine that ends or removes the cgroup it called us from must neither
 * take us with it nor be held up by us. False where that is not allowed; then nobody should stay.
 */
export function leaveCgroups(pids: readonly number[]): boolean {
  try {
    for (const { mountPoint } of detectCgroups().hierarchies) {
      for (const pid of pids) writeFileSync(join(mountPoint, 'cgroup.procs'), String(pid));
    }
    // What is mounted may be a part of the tree (a container's), or not be mounted at all.
    return readFileSync('/proc/self/cgroup', 'latin1')
      .split('\n')
      .every((line) => line === '' || line.endsWith(':/'));
  } catch {
    return false;
  }
}
