import { posix } from 'node:path';
import type { Kernel } from '../../kernel/index.ts';
import type { Resources, RuntimeSpec } from '../../spec/index.ts';
import { DEFAULT_DEVICE_RULES } from '../devices/default-device-rules.ts';
import type { CgroupMounter } from '../rootfs/cgroup-mounter.ts';
import { type Cgroup, type CgroupPaths, cgroupAtPaths, locateCgroup, pathsOf, unifiedFolder } from './cgroup.ts';
import type { CgroupDriver } from './cgroup-driver.ts';
import type { CgroupFacts } from './cgroup-facts.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import { type CgroupMount, cgroupMounts } from './cgroup-mounts.ts';
import type { CgroupWarning } from './cgroup-plan.ts';
import { detectCgroups } from './detect-cgroups.ts';
import { examineHost, existingPart } from './examine-host.ts';
import { execCgroup } from './exec-cgroup.ts';
import { type FreezerState, freezeCgroup, freezerState, thawCgroup } from './freeze-cgroup.ts';
import {
  type CgroupDoors,
  enterCgroup,
  enterCgroupOrAttach,
  NO_DOORS,
  openDoors,
  openDoorsAcross,
  putIntoCgroup,
} from './join-cgroup.ts';
import { killCgroup } from './kill-cgroup.ts';
import { listPids } from './list-pids.ts';
import { makeCgroup } from './make-cgroup.ts';
import { cgroupMounter } from './mount-cgroups.ts';
import { oomKills } from './oom-kills.ts';
import { planCgroup } from './plan-cgroup.ts';
import { removeCgroup } from './remove-cgroup.ts';
import type { MissingLimits } from './settings/plan-settings.ts';
import type { CgroupStats } from './stats/cgroup-stats.ts';
import { readCgroupStats } from './stats/read-stats.ts';
import { readV1Counters, type V1Counters } from './stats/v1-counters.ts';
import { updateCgroup } from './update-cgroup.ts';

/** A container's cgroup, from its making to its removal. All that is kept of it is its path. */
export interface CgroupSetup {
  /** Issues what makes the folders, sets the limits and opens the way in. Gives what had no effect. */
  create(runtime: Kernel): { doors: CgroupDoors; warnings: readonly CgroupWarning[] };
  /** In place of `create`, where a driver makes it: puts a process into it that was just born. Gives what had no effect. */
  adopt?(runtime: Kernel, pid: number): Promise<readonly CgroupWarning[]>;
  /**
   * Opens the way in for a further process of the container whose init is `init`. `across`: who clones it has joined the
   * container's user or cgroup namespace before.
   */
  open(runtime: Kernel, init: number, across: boolean): CgroupDoors;
  /** Issued on the process that enters, once it is born through `doors.into`. */
  enter(init: Kernel, doors: CgroupDoors): void;
  /** In place of `enter`, for a further process that only a driver may be able to put there. */
  enterOrAttach?(child: Kernel, doors: CgroupDoors, pid: number): Promise<void>;
  /** Shows it at /sys/fs/cgroup. */
  mount: CgroupMounter;
  /** What `mount` makes there. */
  shown(): readonly CgroupMount[];
  /** Was a process killed because memory ran out? Ask before `remove`. */
  oomKilled(): boolean;
  /** How often that happened. */
  oomKills(): number;
  /** Every process in it, those in cgroups that the container made below included. */
  pids(): number[];
  stats(): CgroupStats;
  countersV1(): V1Counters;
  state(): FreezerState;
  freeze(kernel: Kernel): Promise<void>;
  thaw(kernel: Kernel): Promise<void>;
  /** Signals every process in it; SIGKILL when no signal is given. */
  kill(kernel: Kernel, signal?: number): Promise<void>;
  /** Changes limits; gives what had no effect. */
  update(
    kernel: Kernel,
    change: { resources: Resources; because?: Readonly<Record<string, string>> },
  ): Promise<readonly CgroupWarning[]>;
  /** Removes the folders, with what the container made inside. Idempotent. */
  remove(): Promise<void>;
}

/** The part of a LaunchPlan that cgroups depend on. */
export interface CgroupRequest {
  id: string;
  spec: RuntimeSpec;
  because?: Readonly<Record<string, string>>;
  /** Where it lies, instead of `spec.linux.cgroupsPath`. */
  cgroupPaths?: CgroupPaths | undefined;
  /** As in PlanRequest. */
  missing?: MissingLimits | undefined;
  /** Nothing is made, so nobody needs the right to. */
  dryRun?: boolean | undefined;
  /** As in LaunchPlan. */
  ordinaryUser?: boolean | undefined;
  insideUserNamespace?: boolean | undefined;
  join?: 'all' | 'needed' | undefined;
  /** Who owns the cgroup, when it is not us. Only for what changes it. */
  driver?: CgroupDriver | undefined;
}

let known: CgroupLayout | undefined;

/** Where `cgroupsPath` leads for a caller: a relative one counts from the cgroups of that process. */
export function locateCgroupFor(pid: number, cgroupsPath: string): CgroupPaths {
  // An absolute one needs nothing of the process.
  known ??= detectCgroups();
  return pathsOf(locateCgroup(cgroupsPath.startsWith('/') ? known : detectCgroups(pid), cgroupsPath));
}

/** The cgroup of `spec.linux.cgroupsPath`, or `/keelson/ID`. Errors: those of `locateCgroup`; `create`: of `planCgroup`. */
export function setUpCgroup(request: CgroupRequest): CgroupSetup {
  const { id, spec, because, cgroupPaths, missing, dryRun, join, driver } = request;
  // Only root of the host may filter devices. Who is not makes no device node either, and opens those that anybody may.
  const filters = !request.ordinaryUser && !request.insideUserNamespace;
  known ??= detectCgroups();
  const layout = known;
  const all = cgroupPaths
    ? cgroupAtPaths(layout, cgroupPaths)
    : locateCgroup(layout, spec.linux?.cgroupsPath ?? `/keelson/${id}`);
  // Narrowed to what was made of it; nothing when the plan was refused, as what is there then is not ours to remove.
  let cgroup = all;
  let isOurs = true;
  /** Where a further process goes. */
  let entered = cgroup;
  const { devices = [], ...limits } = spec.linux?.resources ?? {};
  const resources = { ...limits, ...(filters ? { devices: [...devices, ...DEFAULT_DEVICE_RULES] } : {}) };
  const make = (runtime: Kernel) => {
    const found = examineHost(all, resources);
    const facts = dryRun ? withAllRights(found) : driver ? withOwnProcess(found) : found;
    const plan = planCgroup({ cgroup: all, facts, resources, because, missing, join });
    cgroup = plan.cgroup;
    makeCgroup(runtime, plan);
    return plan;
  };
  return {
    create(runtime) {
      cgroup = { ...all, folders: [] };
      isOurs = false;
      if (driver) return { doors: NO_DOORS, warnings: [] };
      const { warnings } = make(runtime);
      return { doors: openDoors(runtime, cgroup), warnings };
    },
    ...(driver && {
      async adopt(runtime, pid) {
        await driver.start(pid, resources);
        isOurs = true;
        const { warnings } = make(runtime);
        putIntoCgroup(runtime, cgroup, pid);
        return warnings;
      },
    }),
    open: (runtime, init, across) => {
      entered = execCgroup(layout, existingPart(cgroup), init);
      return (across || driver?.attach ? openDoorsAcross : openDoors)(runtime, entered);
    },
    ...(driver?.attach && {
      enterOrAttach: (child, doors, pid) =>
        enterCgroupOrAttach(child, doors, async () => await driver.attach?.(pid, pathBelow(cgroup, entered))),
    }),
    enter: (init, doors) => enterCgroup(init, doors, because?.['linux.cgroupsPath']),
    shown: () => cgroupMounts(cgroup),
    mount: (...args) => cgroupMounter(cgroupMounts(cgroup))(...args),
    oomKilled: () => oomKills(cgroup) > 0,
    oomKills: () => oomKills(cgroup),
    pids: () => listPids(cgroup),
    stats: () => readCgroupStats(cgroup),
    countersV1: () => readV1Counters(cgroup),
    state: () => freezerState(cgroup),
    freeze: (kernel) => freezeCgroup(kernel, cgroup),
    thaw: (kernel) => thawCgroup(kernel, cgroup),
    kill: (kernel, signal) => killCgroup(kernel, cgroup, signal),
    update: (kernel, change) => updateCgroup(kernel, cgroup, { ...change, driver }),
    async remove() {
      if (isOurs) await driver?.stop();
      await removeCgroup(cgroup);
    },
  };
}

/** `/`, or how the second lies below the first. */
function pathBelow(above: Cgroup, cgroup: Cgroup): string {
  const [from = '', to = ''] = [above, cgroup].map((one) => unifiedFolder(one)?.path);
  return posix.join('/', posix.relative(from, to));
}

/** The process that a driver has put there is that of the container. */
function withOwnProcess(facts: CgroupFacts): CgroupFacts {
  return {
    ...facts,
    folders: new Map([...facts.folders].map(([path, found]) => [path, { ...found, occupied: false }])),
  };
}

function withAllRights(facts: CgroupFacts): CgroupFacts {
  return {
    ...facts,
    folders: new Map([...facts.folders].map(([path, found]) => [path, { ...found, writable: true }])),
    unified: facts.unified && {
      ...facts.unified,
      disabled: facts.unified.disabled.map((found) => ({ ...found, writable: true })),
    },
  };
}
