// host-path: a cgroup file system has no symbolic links that anybody could make
import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../../base/index.ts';
import type { Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  EEXIST,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  O_PATH,
  O_WRONLY,
  OPEN_TREE_CLONE,
} from '../../kernel/index.ts';
import type { Resources, RuntimeSpec } from '../../spec/index.ts';
import type { CgroupMounter } from '../rootfs/cgroup-mounter.ts';
import type { CgroupHierarchy, CgroupLayout } from './cgroup-layout.ts';
import { cgroupSettings } from './cgroup-settings.ts';
import { detectCgroups } from './detect-cgroups.ts';

/** A container's cgroups: one folder in each hierarchy of the host. */
export interface CgroupSetup {
  /** Makes the folders, writes the limits, and opens what `enter` writes to. */
  create(runtime: Kernel): readonly Fd[];
  /** Opens what `enter` writes to, of cgroups that are there. */
  open(runtime: Kernel): readonly Fd[];
  /** Moves the calling process: through descriptors opened outside, so that no right is needed inside. */
  enter(init: Kernel, procs: readonly Fd[]): void;
  /** Shows them at /sys/fs/cgroup. */
  mount: CgroupMounter;
  /** Was a process of the container killed because memory ran out? */
  oomKilled(): boolean;
  /** Every process in them. */
  pids(): number[];
  /** Removes the folders, with what the container made inside. Idempotent. */
  remove(): Promise<void>;
}

/** The part of a LaunchPlan that cgroups depend on. */
export interface CgroupRequest {
  id: string;
  spec: RuntimeSpec;
  because?: Readonly<Record<string, string>>;
}

let known: CgroupLayout | undefined;

/** The cgroups of `plan.spec.linux.cgroupsPath`. Errors: unsupported, for a limit whose controller the host has not. */
export function setUpCgroup(plan: CgroupRequest): CgroupSetup {
  known ??= detectCgroups();
  const path = plan.spec.linux?.cgroupsPath ?? `/keelson/${plan.id}`;
  const hierarchies = known.hierarchies.filter(
    (h) => h.version === 2 || h.controllers.length > 0 || h.name !== undefined,
  );
  const folders = hierarchies.map((h) => ({ hierarchy: h, folder: join(h.mountPoint, path) }));
  const resources = plan.spec.linux?.resources ?? {};
  const settings = folders.map(({ hierarchy, folder }) => ({
    hierarchy,
    folder,
    writes: cgroupSettings(hierarchy, resources),
  }));
  refuseMissing(resources, hierarchies);
  return {
    create: (runtime) => settings.map((s) => createFolder(runtime, s)),
    open: (runtime) => folders.map(({ folder }) => runtime.openat(AT_FDCWD, join(folder, 'cgroup.procs'), O_WRONLY)),
    enter(init, procs) {
      init.step('Limits (cgroups)', 'enter our cgroups', plan.because?.['linux.cgroupsPath'] ?? 'linux.cgroupsPath');
      for (const fd of procs) init.write(fd, '0');
    },
    mount: (tree, mount, options) => mountCgroups({ tree, folders, options, destination: mount.destination }),
    oomKilled: () => folders.some(({ hierarchy, folder }) => wasOomKilled(hierarchy, folder)),
    pids: () => [...new Set(folders.flatMap(({ folder }) => listPids(folder)))],
    async remove() {
      for (const { folder } of folders) await removeTree(folder);
    },
  };
}

function refuseMissing(resources: Resources, hierarchies: readonly CgroupHierarchy[]): void {
  const has = (controller: string) => hierarchies.some((h) => h.controllers.includes(controller));
  const wanted: [string, boolean][] = [
    ['memory', resources.memory?.limit !== undefined],
    ['pids', resources.pids?.limit !== undefined],
    ['cpu', resources.cpu?.quota !== undefined || resources.cpu?.shares !== undefined],
    ['cpuset', resources.cpu?.cpus !== undefined],
  ];
  const missing = wanted.find(([controller, needed]) => needed && !has(controller));
  if (!missing) return;
  throw new KeelsonError(
    'unsupported',
    `this host has no ${missing[0]} cgroup controller for the limit that was asked for`,
    {
      code: 'CGROUP_CONTROLLER',
      hint: 'leave the limit out, or enable the controller; `keelson doctor` shows what there is',
    },
  );
}

interface Settings {
  hierarchy: CgroupHierarchy;
  folder: string;
  writes: { file: string; value: string; what: string; allow?: 'any' }[];
}

function createFolder(runtime: Kernel, { hierarchy, folder, writes }: Settings): Fd {
  const kind = hierarchy.name ?? hierarchy.controllers.join(',');
  runtime.step('Limits (cgroups)', `make the ${kind || 'v2'} cgroup`, 'linux.cgroupsPath');
  const relative = folder.slice(hierarchy.mountPoint.length + 1).split('/');
  relative.forEach((_, i) => {
    const path = join(hierarchy.mountPoint, ...relative.slice(0, i + 1));
    runtime.mkdirat(AT_FDCWD, path, 0o755, { allow: [EEXIST] });
    if (hierarchy.controllers.includes('cpuset') && hierarchy.version === 1) inheritCpuset(runtime, hierarchy, path);
  });
  for (const { file, value, what, allow } of writes) {
    runtime.step('Limits (cgroups)', what, 'linux.resources');
    const fd = runtime.openat(AT_FDCWD, join(folder, file), O_WRONLY, 0, { allow });
    runtime.write(fd, value, { allow });
    runtime.close(fd, { allow: 'any' });
  }
  return runtime.openat(AT_FDCWD, join(folder, 'cgroup.procs'), O_WRONLY);
}

/** A new v1 cpuset holds no processor and no memory, and nothing can enter it (cpuset(7)). */
function inheritCpuset(runtime: Kernel, hierarchy: CgroupHierarchy, path: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const fd = runtime.openat(AT_FDCWD, join(path, file), O_WRONLY);
    // EBUSY and the like: a parent that is in use has its own already.
    runtime.write(fd, readFileSync(join(hierarchy.mountPoint, file), 'utf8').trim(), { allow: 'any' });
    runtime.close(fd);
  }
}

interface MountCgroups {
  tree: Parameters<CgroupMounter>[0];
  folders: readonly { hierarchy: CgroupHierarchy; folder: string }[];
  options: Parameters<CgroupMounter>[2];
  destination: string;
}

/** v2 alone: the one tree. v1: a tmpfs with the container's part of each hierarchy bound in it, as runc does. */
function mountCgroups({ tree, folders, options, destination }: MountCgroups): void {
  const { kernel } = tree;
  const attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | (options.attrSet & MOUNT_ATTR_RDONLY);
  const bindPart = (folder: string) => {
    const copy = kernel.openTree(AT_FDCWD, folder, OPEN_TREE_CLONE | AT_RECURSIVE);
    kernel.mountSetattr(copy, '', AT_EMPTY_PATH, { set: attributes });
    return copy;
  };
  const [only] = folders;
  if (folders.length === 1 && only?.hierarchy.version === 2) {
    tree.attach(bindPart(only.folder), tree.folder(destination), destination);
    return;
  }
  const fs = kernel.fsopen('tmpfs');
  kernel.fsconfigSet(fs, 'mode', '755');
  kernel.fsconfigCreate(fs);
  const cover = kernel.fsmount(fs, attributes & ~MOUNT_ATTR_RDONLY);
  kernel.close(fs);
  tree.attach(cover, tree.folder(destination), destination);
  for (const { hierarchy, folder } of folders) {
    const name = hierarchy.version === 2 ? 'unified' : (hierarchy.name ?? hierarchy.controllers.join(','));
    kernel.mkdirat(cover, name, 0o755);
    kernel.moveMount(bindPart(folder), kernel.openat(cover, name, O_PATH));
  }
  kernel.mountSetattr(cover, '', AT_EMPTY_PATH, { set: attributes });
}

function wasOomKilled(hierarchy: CgroupHierarchy, folder: string): boolean {
  const file = hierarchy.version === 2 ? 'memory.events' : 'memory.oom_control';
  if (!hierarchy.controllers.includes('memory')) return false;
  return Number(/^oom_kill (\d+)/m.exec(readIfThere(join(folder, file)))?.[1] ?? 0) > 0;
}

function listPids(folder: string): number[] {
  return readIfThere(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** rmdir(2) from the deepest up. EBUSY while the last process is still leaving: tried again for a second. */
async function removeTree(folder: string): Promise<void> {
  for (const child of subfolders(folder)) await removeTree(join(folder, child));
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(folder);
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || tries > 100) {
        throw new KeelsonError('internal', `cannot remove the cgroup ${folder}`, { code: 'CGROUP_BUSY', cause });
      }
      await sleep(10);
    }
  }
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((e) => e.isDirectory())
      .map((e) => e.name);
  } catch {
    return [];
  }
}
