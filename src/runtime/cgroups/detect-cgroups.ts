// host-path: /proc and the mount points of cgroups belong to the host; no container can write what is read here.
import { readFileSync } from 'node:fs';
import type { CgroupLayout } from './cgroup-layout.ts';
import { parseCgroupLayout } from './parse-cgroup-layout.ts';

/**
 * How this host's cgroups are laid out: two files of /proc, and one more where there is a v2 hierarchy (40 µs). It does
 * not change while a host runs, except `own` when somebody moves this process; keep the answer. `pid`: whose `own`.
 */
export function detectCgroups(pid: number | 'self' = 'self'): CgroupLayout {
  return parseCgroupLayout({
    mountinfo: readIfThere('/proc/self/mountinfo'),
    ownCgroups: readIfThere(`/proc/${pid}/cgroup`),
    controllersAt: (mountPoint) => readIfThere(`${mountPoint}/cgroup.controllers`),
  });
}

/** Empty text when the file is not there or hidden from us: a kernel without cgroups, or a masked /proc. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
