// host-path: control files of cgroups on the host; their file systems have no symbolic links
import { readFileSync } from 'node:fs';

/** What a control file says; undefined when it is not there, or its cgroup has just gone (ENODEV). */
export function readCgroupFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENODEV' || code === 'ENOTDIR') return undefined;
    // Files that exist and say nothing: a threaded cgroup's cgroup.procs, a controller that is switched off, root's alone.
    if (code === 'EOPNOTSUPP' || code === 'EACCES' || code === 'EPERM') return undefined;
    throw error;
  }
}
