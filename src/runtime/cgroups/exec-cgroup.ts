import { type Cgroup, cgroupOfProcess, unifiedFolder } from './cgroup.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import { parseProcessCgroups } from './parse-cgroup-layout.ts';
import { readCgroupFile } from './read-cgroup-file.ts';

/**
 * Where a further process of a container goes: into its cgroup, unless the container gave controllers to cgroups of its
 * own below it, as systemd inside does. A v2 cgroup cannot have both controllers below and processes (cgroups(7), "no
 * internal processes"), so then it goes where the container's init went.
 */
export function execCgroup(layout: CgroupLayout, cgroup: Cgroup, init: number): Cgroup {
  const v2 = unifiedFolder(cgroup);
  if (v2 === undefined || !readCgroupFile(`${v2.path}/cgroup.subtree_control`)?.trim()) return cgroup;
  const paths = parseProcessCgroups(readCgroupFile(`/proc/${init}/cgroup`) ?? '');
  const ofInit = unifiedFolder(cgroupOfProcess(layout, paths));
  if (!ofInit?.path.startsWith(`${v2.path}/`)) return cgroup;
  return { ...cgroup, folders: cgroup.folders.map((folder) => (folder === v2 ? ofInit : folder)) };
}
