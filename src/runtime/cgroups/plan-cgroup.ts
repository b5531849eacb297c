import { KeelsonError } from '../../base/index.ts';
import type { Resources } from '../../spec/index.ts';
import type { Cgroup, CgroupFolder } from './cgroup.ts';
import { hierarchyTitle } from './cgroup.ts';
import type { CgroupFacts, CpusetFacts } from './cgroup-facts.ts';
import type { CgroupPlan, CgroupStep, CgroupWarning, StepReason } from './cgroup-plan.ts';
import { type MissingLimits, planSettings } from './settings/plan-settings.ts';

export interface PlanRequest {
  /** From `locateCgroup`. */
  cgroup: Cgroup;
  /** From `examineHost`. */
  facts: CgroupFacts;
  resources: Resources;
  /** Which flag caused a field, by the field's path in the specification: `linux.resources.memory.limit`. */
  because?: Readonly<Record<string, string>> | undefined;
  /** Also about folders that we may not make: only `warn` does without. */
  missing?: MissingLimits | undefined;
  /** Hierarchies to join; default `all`, as other runtimes do. See docs/decisions on what `needed` saves and costs. */
  join?: 'all' | 'needed' | undefined;
}

/** Hierarchies of v1 that do nothing for a container unless it has a setting there: nothing is read from them later. */
const ONLY_FOR_SETTINGS = new Set(['cpuset', 'hugetlb', 'net_cls', 'net_prio', 'perf_event', 'rdma', 'misc']);

/**
 * Everything to do for a new container's cgroup. Pure.
 * @throws KeelsonError as `planSettings`; denied `CGROUP_DENIED` for a folder we may not make; conflict
 *   `CGROUP_OCCUPIED` when somebody's processes are there already; unsupported `CGROUP_THREADED`
 */
export function planCgroup(request: PlanRequest): CgroupPlan {
  const { facts, resources, because, missing = 'refuse' } = request;
  const { folders, warnings } = usableFolders(request);
  const mode = request.cgroup.mode;
  const context = { updating: false, swap: facts.swap, ioCost: facts.ioCost };
  const settings = planSettings({ ...context, cgroup: { mode, folders }, resources, because, missing });
  const used = new Set(settings.steps.map(({ path }) => path));
  const joined = folders.filter((folder) => request.join !== 'needed' || isNeeded(folder, used));
  const steps = joined.flatMap((folder) => [
    ...foldersAbove(request, folder, settings.steps),
    ...makeFolder(request, folder),
  ]);
  return {
    cgroup: { mode, folders: joined },
    steps: [...steps, ...settings.steps],
    warnings: [...warnings, ...settings.warnings],
  };
}

function usableFolders(request: PlanRequest): { folders: CgroupFolder[]; warnings: CgroupWarning[] } {
  const { cgroup, facts, missing } = request;
  const { because } = reason(request, '');
  const denied = cgroup.folders.filter(({ path }) => facts.folders.get(path)?.writable === false);
  const occupied = cgroup.folders.find(({ path }) => facts.folders.get(path)?.occupied);
  if (occupied) {
    throw new KeelsonError('conflict', `the cgroup ${occupied.path} has processes in it already`, {
      code: 'CGROUP_OCCUPIED',
      hint: 'give the container a cgroup of its own',
    });
  }
  const [first] = denied;
  if (first === undefined) return { folders: cgroup.folders.map((folder) => delegated(folder, facts)), warnings: [] };
  if (missing === 'warn') {
    const folders = cgroup.folders
      .filter((folder) => !denied.includes(folder))
      .map((folder) => delegated(folder, facts));
    const message = `has no effect in ${denied.map(hierarchyTitle).join(', ')}: we may not make a cgroup there`;
    return { folders, warnings: [{ because, message }] };
  }
  throw denial(first, facts.folders.get(first.path)?.readOnly === true);
}

/** Whoever gave us a part of the v2 tree decided which controllers it has. */
function delegated(folder: CgroupFolder, { unified }: CgroupFacts): CgroupFolder {
  if (folder.version !== 2) return folder;
  const closed = unified?.disabled.filter(({ writable }) => !writable).flatMap(({ controllers }) => controllers) ?? [];
  return { ...folder, controllers: folder.controllers.filter((controller) => !closed.includes(controller)) };
}

function denial({ path, mountPoint }: CgroupFolder, readOnly: boolean): KeelsonError {
  const reason = readOnly ? `${mountPoint} is mounted read-only` : 'no right to write there';
  return new KeelsonError('denied', `cannot make the cgroup ${path}: ${reason}`, {
    code: 'CGROUP_DENIED',
    hint: readOnly
      ? `mount it writable: mount -o remount,rw ${mountPoint}`
      : 'run as root, or have a part of the tree delegated to this user (systemd: Delegate=yes)',
  });
}

function isNeeded({ path, version, controllers, name }: CgroupFolder, used: ReadonlySet<string>): boolean {
  if (version === 2 || name !== undefined || used.has(path)) return true;
  return controllers.some((controller) => !ONLY_FOR_SETTINGS.has(controller));
}

/** Makes and prepares the folders above, as far as they are not there yet. */
function foldersAbove(request: PlanRequest, folder: CgroupFolder, settings: readonly CgroupStep[]): CgroupStep[] {
  const { facts } = request;
  const absent = facts.folders.get(folder.path)?.missing ?? [];
  const why = reason(request, `make the ${hierarchyTitle(folder)} cgroup above that of the container`);
  const steps: CgroupStep[] = absent.map((path) => ({ do: 'make', path, shared: true, ...why }));
  if (isCpuset(folder) && facts.cpuset) {
    const { cpus, mems, empty } = facts.cpuset;
    for (const path of [...empty, ...absent]) steps.push(...cpusetSteps(request, path, { cpus, mems }));
  }
  if (folder.version === 2) steps.push(...enableControllers(request, folder, settings));
  return steps;
}

/**
 * On a v2 host all controllers are enabled, as other runtimes do: what a container can see of itself must not depend on
 * its limits. Beside v1, what is enabled here is taken from nobody, but only what is used is worth the kernel's work.
 */
function enableControllers(request: PlanRequest, folder: CgroupFolder, settings: readonly CgroupStep[]): CgroupStep[] {
  const { cgroup, facts } = request;
  const own = settings.filter(({ path }) => path === folder.path);
  const used = new Set(own.flatMap((step) => (step.do === 'write' ? [step.setting.file.split('.')[0] ?? ''] : [])));
  if (
    facts.unified?.threaded &&
    own.some((step) => step.do === 'write' && !/^(cpu|pids|cgroup)\./.test(step.setting.file))
  ) {
    throw new KeelsonError(
      'unsupported',
      `the cgroup above ${folder.path} is threaded, so memory and io have no limits there`,
      {
        code: 'CGROUP_THREADED',
        hint: 'choose another parent for the cgroup',
      },
    );
  }
  const open = facts.unified?.disabled.filter(({ writable }) => writable) ?? [];
  return open.flatMap(({ path, controllers }) =>
    controllers
      .filter((controller) => cgroup.mode === 'v2' || used.has(controller))
      .map((controller) => ({
        do: 'write' as const,
        path,
        // One by one: a host can refuse one (cpu with real-time tasks about) and have the others. What is needed and
        // still missing shows when its limit is written.
        setting: { file: 'cgroup.subtree_control', values: [`+${controller}`], allow: 'any' as const },
        ...reason(request, `enable ${controller} below ${path}`),
      })),
  );
}

function makeFolder(request: PlanRequest, folder: CgroupFolder): CgroupStep[] {
  const { facts } = request;
  const { path } = folder;
  const shared = facts.folders.get(path)?.exists ?? true;
  const why = reason(request, `make the ${hierarchyTitle(folder)} cgroup`);
  const steps: CgroupStep[] = [{ do: 'make', path, shared, ...why }];
  if (isCpuset(folder) && facts.cpuset) steps.push(...cpusetSteps(request, path, wantedCpuset(request, facts.cpuset)));
  return steps;
}

/** What of the one above is to be copied: nothing that the container has of its own, or gets by a setting. */
function wantedCpuset({ resources }: PlanRequest, { cpus, mems, own }: CpusetFacts): { cpus: string; mems: string } {
  return {
    cpus: own?.cpus || resources.cpu?.cpus ? '' : cpus,
    mems: own?.mems || resources.cpu?.mems ? '' : mems,
  };
}

function cpusetSteps(request: PlanRequest, path: string, { cpus, mems }: { cpus: string; mems: string }): CgroupStep[] {
  const write = (file: string, value: string, what: string): CgroupStep[] =>
    value === '' ? [] : [{ do: 'write', path, setting: { file, values: [value] }, ...reason(request, what) }];
  return [
    ...write('cpuset.cpus', cpus, 'let it use the processors of the cgroup above'),
    ...write('cpuset.mems', mems, 'let it use the memory nodes of the cgroup above'),
  ];
}

function isCpuset({ version, controllers }: CgroupFolder): boolean {
  return version === 1 && controllers.includes('cpuset');
}

function reason({ because }: PlanRequest, what: string): StepReason {
  return { what, because: because?.['linux.cgroupsPath'] ?? 'linux.cgroupsPath' };
}
