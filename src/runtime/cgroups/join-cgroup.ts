import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EACCES, EPERM, O_DIRECTORY, O_PATH, O_WRONLY } from '../../kernel/index.ts';
import type { Cgroup, CgroupFolder } from './cgroup.ts';
import { unifiedFolder } from './cgroup.ts';
import { HEADING } from './make-cgroup.ts';

/** Descriptors through which a child gets into a cgroup. Opened outside, so that it needs no right and no path inside. */
export interface CgroupDoors {
  /**
   * The v2 folder, for `CloneOptions.cgroup`: the child is born in it. To move there takes a lock that every fork of the
   * machine waits for, and a grace period of the kernel first: some 5 to 15 ms.
   */
  into: Fd | undefined;
  /** Files of the other folders, in which the child writes itself down. */
  lists: readonly Fd[];
}

/** Of a child that somebody else puts into its cgroup. */
export const NO_DOORS: CgroupDoors = { into: undefined, lists: [] };

/** For a child that is cloned by a process of the host. The cgroup is there, or is made by calls already issued. */
export function openDoors(kernel: Kernel, cgroup: Cgroup): CgroupDoors {
  kernel.step(HEADING, 'open the doors through which the container enters', 'linux.cgroupsPath');
  const v2 = unifiedFolder(cgroup);
  const into = v2 && kernel.openat(AT_FDCWD, v2.path, O_PATH | O_DIRECTORY);
  return {
    into,
    lists: openLists(
      kernel,
      cgroup.folders.filter((folder) => folder !== v2),
    ),
  };
}

/**
 * For a child that is cloned by a process which has joined the container's cgroup namespace or user namespace. Where the
 * first is a border (mount option nsdelegate, as systemd sets it), no child can be born across it; and from the second
 * the folder is somebody else's. What counts for a write is the namespace in which the file was opened.
 */
export function openDoorsAcross(kernel: Kernel, cgroup: Cgroup): CgroupDoors {
  kernel.step(HEADING, 'open the doors through which the process enters', 'linux.cgroupsPath');
  return { into: undefined, lists: openLists(kernel, cgroup.folders) };
}

/**
 * v1: `tasks` and not cgroup.procs, since for a single thread that moves itself the kernel takes no lock that every
 * fork of the machine waits for (Linux 5.6, 9a3284fad42f "cgroup: Optimize single thread migration").
 */
function openLists(kernel: Kernel, folders: readonly CgroupFolder[]): Fd[] {
  return folders.map(({ version, path }) =>
    kernel.openat(AT_FDCWD, `${path}/${version === 1 ? 'tasks' : 'cgroup.procs'}`, O_WRONLY),
  );
}

/**
 * The calling process, which has one thread, enters: issued on the child itself. Afterwards it holds no door any more,
 * as through the folder's one could go to all cgroups of the host (CVE-2024-21626).
 */
export function enterCgroup(child: Kernel, doors: CgroupDoors, because = 'linux.cgroupsPath'): void {
  child.step(HEADING, 'enter our cgroups', because);
  for (const list of doors.lists) child.write(list, '0');
  closeDoors(child, doors);
}

/**
 * The same where the kernel may not let the process in, as it lets an ordinary user's from one part of the tree into another
 * alone that the user has whole: then `attach` has it put there.
 */
export async function enterCgroupOrAttach(
  child: Kernel,
  doors: CgroupDoors,
  attach: () => Promise<void>,
): Promise<void> {
  child.step(HEADING, 'enter our cgroups', 'linux.cgroupsPath');
  const entered = doors.lists.map((list) => child.write(list, '0', { allow: [EACCES, EPERM] }));
  closeDoors(child, doors);
  await child.flush();
  const results = await Promise.all(entered);
  if (results.some((result) => result < 0)) await attach();
}

/**
 * Puts a process from outside into the hierarchies of v1; that of v2 it is in already. systemd puts a unit only into those
 * of which it was told a limit.
 */
export function putIntoCgroup(kernel: Kernel, { folders }: Cgroup, pid: number): void {
  kernel.step(HEADING, 'put the container into its cgroups', 'linux.cgroupsPath');
  for (const { path } of folders.filter(({ version }) => version === 1)) {
    const list = kernel.openat(AT_FDCWD, `${path}/cgroup.procs`, O_WRONLY);
    kernel.write(list, String(pid));
    kernel.close(list);
  }
}

/** Closes the doors in the process that opened them, once the child is born. */
export function closeDoors(kernel: Kernel, { into, lists }: CgroupDoors): void {
  for (const fd of [...(into === undefined ? [] : [into]), ...lists]) kernel.close(fd);
}
