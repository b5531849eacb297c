// host-path: folders of cgroup file systems on the host, which have no symbolic links
import { accessSync, constants, existsSync } from 'node:fs';
import { posix } from 'node:path';
import type { Resources } from '../../spec/index.ts';
import type { Cgroup, CgroupFolder } from './cgroup.ts';
import { folderOf, unifiedFolder } from './cgroup.ts';
import type { CgroupFacts, CpusetFacts, DisabledControllers, FolderFacts, UnifiedFacts } from './cgroup-facts.ts';
import { given } from './limit-text.ts';
import { readCgroupFile } from './read-cgroup-file.ts';

/** Looks at what is there above a cgroup that is to be made: two access(2) a hierarchy where all is as usual. */
export function examineHost(cgroup: Cgroup, resources: Resources): CgroupFacts {
  const v2 = unifiedFolder(cgroup);
  const cpuset = cgroup.folders.find((f) => f.version === 1 && f.controllers.includes('cpuset'));
  const { memory = {}, blockIO = {} } = resources;
  return {
    folders: new Map(cgroup.folders.map((folder) => [folder.path, examineFolder(folder)])),
    cpuset: cpuset && examineCpuset(cpuset),
    unified: v2 && examineUnified(v2),
    // Asked only for limits that depend on it.
    swap: (given(memory.swap) !== undefined || (memory.limit ?? 0) < 0) && countsSwap(cgroup),
    ioCost: given(blockIO.weight) !== undefined && v2 !== undefined && isThere(`${v2.mountPoint}/io.cost.qos`),
  };
}

/** The cgroup without folders that are not there: those of hierarchies that its container did not need. */
export function existingPart({ mode, folders }: Cgroup): Cgroup {
  return { mode, folders: folders.filter(({ path }) => isThere(path)) };
}

/** The folders above, from the mount point down to the one that holds `path`. */
function ancestors({ mountPoint, path }: CgroupFolder): string[] {
  const found: string[] = [];
  for (let at = posix.dirname(path); at.length >= mountPoint.length; at = posix.dirname(at)) found.unshift(at);
  return found;
}

function examineFolder(folder: CgroupFolder): FolderFacts {
  if (isThere(folder.path)) {
    const occupied = !!readCgroupFile(`${folder.path}/cgroup.procs`);
    return { exists: true, occupied, missing: [], ...examineRights(folder.path) };
  }
  const above = ancestors(folder);
  let holder = above.pop() ?? folder.mountPoint;
  const missing: string[] = [];
  let rights = examineRights(holder);
  for (; !rights.writable && holder !== folder.mountPoint && !isThere(holder); rights = examineRights(holder)) {
    missing.unshift(holder);
    holder = above.pop() ?? folder.mountPoint;
  }
  return { exists: false, occupied: false, missing, ...rights };
}

function examineCpuset(folder: CgroupFolder): CpusetFacts {
  const own = readCpuset(folder.path);
  const empty: string[] = [];
  for (const path of ancestors(folder).reverse()) {
    const found = readCpuset(path);
    if (found?.cpus && found.mems) return { ...found, own, empty };
    if (found !== undefined) empty.unshift(path);
  }
  return { cpus: '', mems: '', own, empty };
}

function readCpuset(path: string): { cpus: string; mems: string } | undefined {
  const cpus = readCgroupFile(`${path}/cpuset.cpus`)?.trim();
  const mems = readCgroupFile(`${path}/cpuset.mems`)?.trim();
  return cpus === undefined || mems === undefined ? undefined : { cpus, mems };
}

function examineUnified(folder: CgroupFolder): UnifiedFacts {
  const disabled: DisabledControllers[] = [];
  for (const path of ancestors(folder)) {
    const file = `${path}/cgroup.subtree_control`;
    const text = readCgroupFile(file);
    const enabled = text?.trim().split(' ') ?? [];
    const controllers = folder.controllers.filter((controller) => !enabled.includes(controller));
    // A folder that is still to be made will be ours.
    const writable = text === undefined || examineRights(file).writable;
    if (controllers.length > 0) disabled.push({ path, controllers, writable });
  }
  const type = readCgroupFile(`${posix.dirname(folder.path)}/cgroup.type`)?.trim() ?? 'domain';
  return { disabled, threaded: type !== 'domain' };
}

/** A v1 file of any group tells; in v2 the root has none, and a missing file only matters for a real limit. */
function countsSwap(cgroup: Cgroup): boolean {
  const folder = folderOf(cgroup, 'memory');
  return folder?.version === 2 || (folder !== undefined && isThere(`${folder.mountPoint}/memory.memsw.limit_in_bytes`));
}

function isThere(path: string): boolean {
  return existsSync(path);
}

function examineRights(path: string): Pick<FolderFacts, 'writable' | 'readOnly'> {
  try {
    accessSync(path, constants.W_OK);
    return { writable: true };
  } catch (error) {
    return { writable: false, readOnly: error instanceof Error && 'code' in error && error.code === 'EROFS' };
  }
}
