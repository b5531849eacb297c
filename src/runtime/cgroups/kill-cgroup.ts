import { isKeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EBADF, EINVAL, ENOENT, ESRCH, O_WRONLY, SIGKILL } from '../../kernel/index.ts';
import type { Cgroup } from './cgroup.ts';
import { folderOf, unifiedFolder } from './cgroup.ts';
import { freezeCgroup, freezerState, thawCgroup } from './freeze-cgroup.ts';
import { listPids } from './list-pids.ts';
import { HEADING } from './make-cgroup.ts';

/**
 * Sends a signal to every process of a cgroup. SIGKILL reaches all at once where there is a v2 hierarchy with
 * cgroup.kill (Linux 5.14), those too that fork meanwhile. Otherwise all are frozen first, so that none can fork or end
 * and its number go to somebody else, and thawed afterwards: a signal waits for that.
 */
export async function killCgroup(kernel: Kernel, cgroup: Cgroup, signal: number = SIGKILL): Promise<void> {
  if (signal === SIGKILL && (await killAtOnce(kernel, cgroup))) {
    // v1 holds a frozen process even when it is killed; and whoever comes next shall not stand still at once.
    if (freezerState(cgroup) !== 'running') await thawCgroup(kernel, cgroup);
    return;
  }
  if (listPids(cgroup).length === 0) return;
  const wasFrozen = freezerState(cgroup) !== 'running';
  const held = folderOf(cgroup, 'freezer') !== undefined && (wasFrozen || (await tryToFreeze(kernel, cgroup)));
  try {
    kernel.step(HEADING, `send signal ${signal} to every process of the container`, 'kill --all');
    // EINVAL: a lone thread, from a threaded cgroup; the process it belongs to is in the list of the one above.
    const opened = listPids(cgroup).map((pid) => ({ pid, fd: kernel.pidfdOpen(pid, { allow: [ESRCH, EINVAL] }) }));
    await kernel.flush();
    // Without a freezer a number may have changed hands between the list and the descriptor.
    const inside = held ? undefined : new Set(listPids(cgroup));
    for (const { pid, fd } of opened) {
      if ((await fd) < 0) continue;
      if (inside?.has(pid) !== false) kernel.pidfdSendSignal(fd, signal, { allow: [ESRCH] });
      kernel.close(fd);
    }
    await kernel.flush();
  } finally {
    if (held && (!wasFrozen || signal === SIGKILL)) await thawCgroup(kernel, cgroup);
  }
}

/** True when every process in the v2 folder was killed. */
async function killAtOnce(kernel: Kernel, cgroup: Cgroup): Promise<boolean> {
  const folder = unifiedFolder(cgroup);
  if (folder === undefined) return false;
  kernel.step(HEADING, 'kill every process of the container', 'kill --all');
  const fd = kernel.openat(AT_FDCWD, `${folder.path}/cgroup.kill`, O_WRONLY, 0, { allow: [ENOENT] });
  const written = kernel.write(fd, '1', { allow: [EBADF] });
  kernel.close(fd, { allow: [EBADF] });
  return (await written) > 0;
}

async function tryToFreeze(kernel: Kernel, cgroup: Cgroup): Promise<boolean> {
  try {
    await freezeCgroup(kernel, cgroup);
    return true;
  } catch (error) {
    if (isKeelsonError(error, 'conflict')) return false;
    throw error;
  }
}
