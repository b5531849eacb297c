import { posix } from 'node:path';
import { invalid, KeelsonError } from '../../base/index.ts';
import type { CgroupHierarchy, CgroupLayout } from './cgroup-layout.ts';

/** The part of a container's cgroup that lies in one hierarchy. */
export interface CgroupFolder {
  version: 1 | 2;
  /** As in CgroupHierarchy. */
  controllers: readonly string[];
  name?: string | undefined;
  /** Host path of the mount; `path` is below it. */
  mountPoint: string;
  /** Host path. */
  path: string;
}

/** Where a container's processes are counted: a folder in each hierarchy. Plain data, fit to be kept as JSON. */
export interface Cgroup {
  mode: CgroupLayout['mode'];
  folders: readonly CgroupFolder[];
}

/**
 * Finds the folders of `cgroupsPath`, as runc does: an absolute path counts from the mount points, a relative one from
 * the cgroup this process is in. On a v2 host from the one above it: ours has a process in it, us, and so can hold no
 * controllers for those below (the "no internal processes" rule of cgroups(7)). `..` leads nowhere.
 *
 * @throws KeelsonError invalid `CGROUP_PATH_INVALID`; unsupported `CGROUP_SYSTEMD` for `slice:prefix:name`
 */
export function locateCgroup(layout: CgroupLayout, cgroupsPath: string): Cgroup {
  const path = cleanPath(cgroupsPath);
  const base = (hierarchy: CgroupHierarchy) => {
    if (cgroupsPath.startsWith('/')) return '/';
    const own = ownFolder(hierarchy);
    return layout.mode === 'v2' ? posix.dirname(own) : own;
  };
  return cgroupAt(layout, (hierarchy) => posix.join(base(hierarchy), path));
}

/** By controller, `name=…` for a named hierarchy, and `""` for v2: where a cgroup lies, as paths of the host. */
export type CgroupPaths = Readonly<Record<string, string>>;

/** The same as plain data, and back: what was located from a relative path is found again from anywhere. */
export function pathsOf({ folders }: Cgroup): CgroupPaths {
  return Object.fromEntries(folders.flatMap((folder) => keysOf(folder).map((key) => [key, folder.path])));
}

/** A hierarchy of which `paths` says nothing is not one of the cgroup's. */
export function cgroupAtPaths({ mode, hierarchies }: CgroupLayout, paths: CgroupPaths): Cgroup {
  const folders = hierarchies.flatMap((hierarchy) => {
    const { version, controllers, name, mountPoint } = hierarchy;
    const path = keysOf(hierarchy).flatMap((key) => paths[key] ?? [])[0];
    return path === undefined ? [] : [{ version, controllers, name, mountPoint, path }];
  });
  return { mode, folders };
}

function keysOf({
  version,
  controllers,
  name,
}: Pick<CgroupHierarchy, 'version' | 'controllers' | 'name'>): readonly string[] {
  if (version === 2) return [''];
  return name === undefined ? controllers : [`name=${name}`];
}

/** The cgroup of a process, from what /proc/PID/cgroup says, read by `parseProcessCgroups`. */
export function cgroupOfProcess(layout: CgroupLayout, paths: ReadonlyMap<string, string>): Cgroup {
  return cgroupAt(layout, ({ version, name, controllers, root }) => {
    return belowRoot(root, paths.get(keysOf({ version, controllers, name })[0] ?? '') ?? '/');
  });
}

function cgroupAt(layout: CgroupLayout, place: (hierarchy: CgroupHierarchy) => string): Cgroup {
  const folders = layout.hierarchies.map((hierarchy) => {
    const { version, controllers, name, mountPoint } = hierarchy;
    return { version, controllers, name, mountPoint, path: posix.join(mountPoint, place(hierarchy)) };
  });
  return { mode: layout.mode, folders };
}

/**
 * The folder whose files set `controller`: that of v1 before that of v2. `devices` and `freezer` are no controllers of
 * v2, but every v2 folder can do their work (Linux 4.15 and 5.2).
 */
export function folderOf(cgroup: Cgroup, controller: string): CgroupFolder | undefined {
  const holder = cgroup.folders.find(({ controllers }) => controllers.includes(controller));
  if (holder !== undefined || (controller !== 'devices' && controller !== 'freezer')) return holder;
  return unifiedFolder(cgroup);
}

/** The folder in the v2 hierarchy, where there is one. */
export function unifiedFolder(cgroup: Cgroup): CgroupFolder | undefined {
  return cgroup.folders.find(({ version }) => version === 2);
}

/** What a hierarchy is called in messages: `memory`, `cpu,cpuacct`, `systemd`, `unified`. */
export function hierarchyTitle({ version, name, controllers }: CgroupFolder): string {
  return version === 2 ? 'unified' : (name ?? controllers.join(','));
}

function cleanPath(cgroupsPath: string): string {
  if (/^[^/]*:[^/]*:[^/]*$/.test(cgroupsPath)) {
    throw new KeelsonError('unsupported', `the cgroup path '${cgroupsPath}' is one for systemd`, {
      code: 'CGROUP_SYSTEMD',
      hint: 'call the runtime with --systemd-cgroup, or configure the engine for the cgroupfs driver',
    });
  }
  // The kernel forbids a line break in the name of a cgroup: /proc/PID/cgroup could not be read any more.
  const path = posix.normalize(`/${cgroupsPath}`).replace(/\/$/, '');
  if (path !== '' && !/[\n\0]/.test(path)) return path;
  const problem = path === '' ? 'names the root of all cgroups' : 'holds a character that no cgroup can have';
  throw invalid('CGROUP_PATH_INVALID', `the cgroup path '${cgroupsPath}' ${problem}`, 'use one such as /keelson/NAME');
}

function ownFolder({ root, own }: CgroupHierarchy): string {
  return belowRoot(root, own);
}

/** From the mount point, when the mount shows `root`. Outside of it, as /proc shows it across namespaces: the mount itself. */
function belowRoot(root: string, path: string): string {
  const relative = posix.relative(root, path);
  return relative.startsWith('..') ? '/' : `/${relative}`;
}
