import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import type { Cgroup, CgroupFolder } from './cgroup.ts';
import { folderOf } from './cgroup.ts';
import { parseKeyed } from './keyed-values.ts';
import { makeCgroup } from './make-cgroup.ts';
import { readCgroupFile } from './read-cgroup-file.ts';

/** What a container's processes are doing. `changing`: some stand, some still run. */
export type FreezerState = 'running' | 'changing' | 'frozen';

/** Milliseconds until a freeze is given up. */
const PATIENCE = 10_000;

/**
 * Stops every process of the cgroup where it is, until `thawCgroup`. Resolves when all of them stand.
 * @throws KeelsonError unavailable `CGROUP_FREEZER`; conflict `CGROUP_NOT_FREEZING` after ten seconds, and all run on
 */
export async function freezeCgroup(kernel: Kernel, cgroup: Cgroup): Promise<void> {
  const folder = freezerFolder(cgroup);
  const started = Date.now();
  for (let turn = 0; Date.now() - started < PATIENCE; turn++) {
    await setFrozen(kernel, folder, true);
    for (let look = 0; look < 8; look++) {
      if (stateOf(folder) === 'frozen') return;
      await sleep(look);
    }
    // v1 can stay at FREEZING for ever when processes come while it freezes; letting go for a moment helps (the runtimes
    // before us found out, for example opencontainers/runc#2941). v2 needs only patience.
    if (folder.version === 1 && turn % 5 === 4) await setFrozen(kernel, folder, false);
  }
  await setFrozen(kernel, folder, false);
  throw new KeelsonError('conflict', `the processes in ${folder.path} do not stop`, {
    code: 'CGROUP_NOT_FREEZING',
    hint: 'one may wait for a disk or a network file system; try again later',
  });
}

/** Lets a frozen cgroup's processes go on. */
export async function thawCgroup(kernel: Kernel, cgroup: Cgroup): Promise<void> {
  await setFrozen(kernel, freezerFolder(cgroup), false);
}

/** Is the cgroup frozen by itself (not only by one above)? `running` also where nothing can be frozen. */
export function freezerState(cgroup: Cgroup): FreezerState {
  const folder = folderOf(cgroup, 'freezer');
  return folder === undefined ? 'running' : stateOf(folder);
}

function stateOf({ version, path }: CgroupFolder): FreezerState {
  if (version === 2) {
    if (readCgroupFile(`${path}/cgroup.freeze`)?.trim() !== '1') return 'running';
    return parseKeyed(readCgroupFile(`${path}/cgroup.events`) ?? '').frozen === 1 ? 'frozen' : 'changing';
  }
  const state = readCgroupFile(`${path}/freezer.state`)?.trim() ?? 'THAWED';
  if (state === 'THAWED' || readCgroupFile(`${path}/freezer.self_freezing`)?.trim() === '0') return 'running';
  return state === 'FROZEN' ? 'frozen' : 'changing';
}

async function setFrozen(kernel: Kernel, { version, path }: CgroupFolder, frozen: boolean): Promise<void> {
  const v1 = { file: 'freezer.state', values: [frozen ? 'FROZEN' : 'THAWED'] };
  const v2 = { file: 'cgroup.freeze', values: [frozen ? '1' : '0'] };
  const what = frozen ? 'freeze every process of the container' : 'let the container go on';
  makeCgroup(kernel, {
    steps: [{ do: 'write', path, setting: version === 1 ? v1 : v2, what, because: frozen ? 'pause' : 'resume' }],
  });
  await kernel.flush();
}

function freezerFolder(cgroup: Cgroup): CgroupFolder {
  const folder = folderOf(cgroup, 'freezer');
  if (folder !== undefined) return folder;
  throw new KeelsonError('unavailable', 'this host has no cgroup freezer, so a container cannot be paused', {
    code: 'CGROUP_FREEZER',
    hint: '`keelson doctor` shows which controllers there are',
  });
}
