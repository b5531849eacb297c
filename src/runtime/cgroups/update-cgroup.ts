import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import type { Memory, Resources } from '../../spec/index.ts';
import type { Cgroup, CgroupFolder } from './cgroup.ts';
import { folderOf } from './cgroup.ts';
import type { CgroupDriver } from './cgroup-driver.ts';
import type { CgroupWarning } from './cgroup-plan.ts';
import { examineHost } from './examine-host.ts';
import { parseAmount } from './keyed-values.ts';
import { given } from './limit-text.ts';
import { makeCgroup } from './make-cgroup.ts';
import { readCgroupFile } from './read-cgroup-file.ts';
import { planSettings } from './settings/plan-settings.ts';

export interface CgroupChange {
  resources: Resources;
  because?: Readonly<Record<string, string>> | undefined;
  /** Who else has to know. */
  driver?: CgroupDriver | undefined;
}

/**
 * Changes limits of a cgroup that is in use; what is left out stays. Device rules are not changed: a running program
 * could not be told that it lost a device it has open.
 *
 * @returns what had no effect
 * @throws KeelsonError as `planCgroup`; conflict `CGROUP_MEMORY_IN_USE` for a limit below what is in use and cannot be
 *   taken back; SyscallError for what the kernel refuses
 */
export async function updateCgroup(
  kernel: Kernel,
  cgroup: Cgroup,
  { resources, because, driver }: CgroupChange,
): Promise<readonly CgroupWarning[]> {
  const { devices: _, ...changed } = resources;
  const current = { ...changed, ...withCurrentValues(cgroup, changed) };
  const memory = folderOf(cgroup, 'memory');
  if (memory && changed.memory?.checkBeforeUpdate) refuseBelowUse(memory, changed.memory);
  const { swap, ioCost } = examineHost(cgroup, current);
  const context = { updating: true, swap, ioCost, missing: 'refuse' } as const;
  const { steps, warnings } = planSettings({ ...context, cgroup, resources: current, because });
  await driver?.update(withPeriod(cgroup, current));
  makeCgroup(kernel, { steps });
  try {
    await kernel.flush();
  } catch (error) {
    // EBUSY of v1: the kernel could not take back enough pages.
    if (memory && isKeelsonError(error, 'conflict') && error.code === 'EBUSY') throw inUse(memory, error);
    throw error;
  }
  return warnings;
}

/** v2 has one file for quota and period, and counts swap alone: what is not changed but needed is asked for. */
function withCurrentValues(cgroup: Cgroup, { memory, cpu }: Resources): Pick<Resources, 'memory' | 'cpu'> {
  const found: { memory?: Resources['memory']; cpu?: Resources['cpu'] } = {};
  const memoryFolder = folderOf(cgroup, 'memory');
  if (memoryFolder?.version === 2 && given(memory?.swap) !== undefined && given(memory?.limit) === undefined) {
    const limit = parseAmount(readCgroupFile(`${memoryFolder.path}/memory.max`)) ?? -1;
    found.memory = { ...memory, limit: limit === Number.POSITIVE_INFINITY ? -1 : limit };
  }
  const cpuFolder = folderOf(cgroup, 'cpu');
  if (cpuFolder?.version === 2 && given(cpu?.period) !== undefined && given(cpu?.quota) === undefined) {
    const quota = parseAmount(readCgroupFile(`${cpuFolder.path}/cpu.max`)?.split(' ')[0]) ?? -1;
    found.cpu = { ...cpu, quota: quota === Number.POSITIVE_INFINITY ? -1 : quota };
  }
  return found;
}

/** A driver has quotas in parts of a second, so it needs the period that is in force. */
function withPeriod(cgroup: Cgroup, resources: Resources): Resources {
  const { cpu } = resources;
  const folder = folderOf(cgroup, 'cpu');
  if (folder === undefined || given(cpu?.quota) === undefined || given(cpu?.period) !== undefined) return resources;
  const file = folder.version === 2 ? 'cpu.max' : 'cpu.cfs_period_us';
  const period = parseAmount(readCgroupFile(`${folder.path}/${file}`)?.trim().split(' ').at(-1));
  return { ...resources, cpu: { ...cpu, period } };
}

/** config-linux.md: checkBeforeUpdate refuses, instead of letting the OOM killer make room. */
function refuseBelowUse(folder: CgroupFolder, { limit = 0, swap = 0 }: Memory): void {
  const use = memoryInUse(folder);
  if ((limit > 0 && limit <= use) || (swap > 0 && swap <= use)) throw inUse(folder);
}

function memoryInUse({ version, path }: CgroupFolder): number {
  const file = version === 2 ? 'memory.current' : 'memory.usage_in_bytes';
  return parseAmount(readCgroupFile(`${path}/${file}`)) ?? 0;
}

function inUse(folder: CgroupFolder, cause?: unknown): KeelsonError {
  const message = `cannot limit memory to less than is in use, ${memoryInUse(folder)} bytes`;
  const hint = 'choose a higher limit, or end some of the programs first';
  return new KeelsonError('conflict', message, { code: 'CGROUP_MEMORY_IN_USE', hint, cause });
}
