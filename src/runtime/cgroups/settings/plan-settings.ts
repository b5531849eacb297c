import { KeelsonError } from '../../../base/index.ts';
import type { Resources } from '../../../spec/index.ts';
import { deviceList } from '../../devices/device-list.ts';
import { devicePolicy } from '../../devices/device-policy.ts';
import { deviceProgram } from '../../devices/device-program.ts';
import type { Cgroup, CgroupFolder } from '../cgroup.ts';
import { folderOf, unifiedFolder } from '../cgroup.ts';
import type { CgroupStep, CgroupWarning } from '../cgroup-plan.ts';
import { blockIoV1, blockIoV2 } from './block-io-settings.ts';
import { cpuset, cpuV1, cpuV2 } from './cpu-settings.ts';
import { hugepagesV1, hugepagesV2 } from './hugepage-settings.ts';
import { withoutEffect } from './ignored-fields.ts';
import { memoryV1, memoryV2 } from './memory-settings.ts';
import { networkClass, networkPriorities } from './network-settings.ts';
import { pids } from './pids-settings.ts';
import { rdma } from './rdma-settings.ts';
import type { Setting, SettingContext } from './setting.ts';
import { unified } from './unified-settings.ts';

/**
 * A limit whose controller this host has not: refuse the container, or start it without and warn; all of them, as for an
 * ordinary user to whom nobody gave a part of the tree, or those alone that are not named here by their field.
 */
export type MissingLimits = 'refuse' | 'warn' | { refuse: readonly string[] };

export interface SettingsRequest extends SettingContext {
  cgroup: Cgroup;
  resources: Resources;
  /** Which flag caused a field, by the field's path in the specification. */
  because?: Readonly<Record<string, string>> | undefined;
  missing: MissingLimits;
}

interface ControllerSettings {
  /** By which the folder is found: its name in v1, then in v2. */
  controllers: readonly string[];
  v1: (resources: Resources, context: SettingContext) => Iterable<Setting>;
  v2: (resources: Resources, context: SettingContext) => Iterable<Setting>;
}

/** In this order: a v1 cpuset must be whole before anything else of it works, real-time budgets before tasks come. */
const CONTROLLERS: readonly ControllerSettings[] = [
  { controllers: ['cpuset'], v1: ({ cpu = {} }) => cpuset(cpu), v2: ({ cpu = {} }) => cpuset(cpu) },
  {
    controllers: ['memory'],
    v1: ({ memory = {} }, c) => memoryV1(memory, c),
    v2: ({ memory = {} }) => memoryV2(memory),
  },
  { controllers: ['cpu'], v1: ({ cpu = {} }, c) => cpuV1(cpu, c), v2: ({ cpu = {} }, c) => cpuV2(cpu, c) },
  { controllers: ['pids'], v1: (r) => pids(r.pids ?? {}), v2: (r) => pids(r.pids ?? {}) },
  {
    controllers: ['blkio', 'io'],
    v1: ({ blockIO = {} }) => blockIoV1(blockIO),
    v2: ({ blockIO = {} }, c) => blockIoV2(blockIO, c),
  },
  {
    controllers: ['hugetlb'],
    v1: ({ hugepageLimits = [] }) => hugepagesV1(hugepageLimits),
    v2: ({ hugepageLimits = [] }) => hugepagesV2(hugepageLimits),
  },
  { controllers: ['rdma'], v1: (r) => rdma(r.rdma ?? {}), v2: (r) => rdma(r.rdma ?? {}) },
  { controllers: ['net_cls'], v1: ({ network = {} }) => networkClass(network), v2: () => [] },
  { controllers: ['net_prio'], v1: ({ network = {} }) => networkPriorities(network), v2: () => [] },
];

/**
 * What to write for the resources, in order.
 * @throws KeelsonError for a value that no kernel takes, and unavailable `CGROUP_CONTROLLER` for a limit whose
 *   controller this host has not, unless `missing` says to warn
 */
export function planSettings(request: SettingsRequest): { steps: CgroupStep[]; warnings: CgroupWarning[] } {
  const { cgroup, resources } = request;
  const steps: CgroupStep[] = [];
  const warnings = withoutEffect(resources, request).map(({ field, message }) => ({
    because: becauseOf(request, field),
    message,
  }));
  for (const { controllers, v1, v2 } of CONTROLLERS) {
    const folder = controllers.map((name) => folderOf(cgroup, name)).find((found) => found !== undefined);
    // Where the controller is missing, v1 tells whether it would be needed; on v2 nobody misses what v2 never had.
    const version = folder?.version ?? (cgroup.mode === 'v2' ? 2 : 1);
    for (const setting of (version === 1 ? v1 : v2)(resources, request)) {
      if (folder !== undefined) {
        steps.push(writeStep(request, folder, setting));
        continue;
      }
      const warning = missing(request, setting, controllers.at(cgroup.mode === 'v2' ? -1 : 0));
      // One field can be for more than one file.
      if (!warnings.some(({ because }) => because === warning.because)) warnings.push(warning);
    }
  }
  steps.push(...deviceSteps(request, warnings));
  const v2 = unifiedFolder(cgroup);
  for (const setting of unified(resources.unified ?? {})) {
    // In a hybrid layout the v2 folder has none of the controllers that such files belong to.
    if (cgroup.mode === 'v2' && v2) steps.push(writeStep(request, v2, setting));
    else throw unifiedNeedsV2(setting);
  }
  return { steps, warnings };
}

function deviceSteps(request: SettingsRequest, warnings: CgroupWarning[]): CgroupStep[] {
  const { cgroup, resources } = request;
  if (resources.devices === undefined) return [];
  const folder = folderOf(cgroup, 'devices');
  const policy = devicePolicy(resources.devices);
  const reason = { field: 'devices', what: 'allow the devices of the list and no others' };
  if (folder === undefined) {
    if (!policy.allowed || policy.exceptions.length > 0) warnings.push(missing(request, reason, 'devices'));
    return [];
  }
  if (folder.version === 2) {
    const { what, because } = reasonOf(request, reason);
    return [{ do: 'filter-devices', path: folder.path, program: deviceProgram(policy), what, because }];
  }
  // Lines for the same file go through one descriptor.
  const files: { file: string; values: string[] }[] = [];
  for (const { file, line } of deviceList(policy)) {
    const last = files.at(-1);
    if (last?.file === file) last.values.push(line);
    else files.push({ file, values: [line] });
  }
  return files.map(({ file, values }) => writeStep(request, folder, { ...reason, file, values }));
}

function writeStep(request: SettingsRequest, folder: CgroupFolder, setting: Setting): CgroupStep {
  const { file, values, allow } = setting;
  return { do: 'write', path: folder.path, setting: { file, values, allow }, ...reasonOf(request, setting) };
}

function reasonOf(request: SettingsRequest, { field, what }: Pick<Setting, 'field' | 'what'>) {
  return { what, because: becauseOf(request, field) };
}

function becauseOf({ because }: SettingsRequest, field: string): string {
  const path = `linux.resources.${field}`;
  return because?.[path] ?? path;
}

function missing(
  request: SettingsRequest,
  { field, what }: Pick<Setting, 'field' | 'what'>,
  controller = '',
): CgroupWarning {
  const because = becauseOf(request, field);
  const { missing: how } = request;
  if (how === 'warn' || (how !== 'refuse' && !how.refuse.includes(field)))
    return { because, message: `has no effect: there is no ${controller} cgroup controller` };
  throw new KeelsonError('unavailable', `cannot ${what}: there is no ${controller} cgroup controller for ${because}`, {
    code: 'CGROUP_CONTROLLER',
    hint:
      field === 'devices'
        ? 'mount the devices hierarchy below /sys/fs/cgroup; without it only --privileged containers can be started'
        : 'leave it out, or enable the controller; `keelson doctor` shows what there is',
  });
}

function unifiedNeedsV2({ file }: Setting): KeelsonError {
  return new KeelsonError(
    'unsupported',
    `cannot set ${file}: linux.resources.unified needs a host with cgroup v2 alone`,
    {
      code: 'CGROUP_UNIFIED',
      hint: 'use the fields for memory, cpu and so on instead',
    },
  );
}
