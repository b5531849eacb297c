// host-path: control files of cgroup file systems on the host, which have no symbolic links
import { existsSync, readFileSync } from 'node:fs';
import type { Cgroup } from './cgroup.ts';
import { folderOf, unifiedFolder } from './cgroup.ts';
import { type BytePath, walk } from './cgroup-tree.ts';

/**
 * Every process in a cgroup and in those that the container made below it, each once, by its number in our pid
 * namespace. Looked up in one hierarchy: the v2 one where there is one, since a process is born there.
 */
export function listPids(cgroup: Cgroup): number[] {
  const folder = unifiedFolder(cgroup) ?? folderOf(cgroup, 'devices') ?? folderOf(cgroup, 'pids') ?? cgroup.folders[0];
  if (folder === undefined || !existsSync(folder.path)) return [];
  const pids = new Set<number>();
  for (const path of walk(Buffer.from(folder.path))) for (const pid of pidsIn(path)) pids.add(pid);
  return [...pids];
}

function pidsIn(folder: BytePath): number[] {
  // In a threaded v2 cgroup only threads can be listed, and cgroup.procs fails with EOPNOTSUPP (cgroup-v2.rst).
  const text = readIn(folder, 'cgroup.procs') ?? readIn(folder, 'cgroup.threads') ?? '';
  // 0: a process that our pid namespace cannot see.
  return text
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

function readIn(folder: BytePath, file: string): string | undefined {
  try {
    return readFileSync(Buffer.concat([folder, Buffer.from(`/${file}`)]), 'utf8');
  } catch {
    // Gone meanwhile, or threaded.
    return undefined;
  }
}
