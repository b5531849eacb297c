import type { Resources } from '../../../spec/index.ts';
import { type Cgroup, folderOf } from '../cgroup.ts';
import { given } from '../limit-text.ts';

/** Fields that are set but have no effect on this host or on any; runc takes most of them without a word. */
export function withoutEffect(
  resources: Resources,
  { cgroup, swap }: { cgroup: Cgroup; swap: boolean },
): { field: string; message: string }[] {
  const found = [...gone(resources), ...(cgroup.mode === 'v2' ? missingInV2(resources) : [])];
  // Docker limits memory to twice as much with swap when nothing is said, so this must not keep a container from starting.
  if (!swap && given(resources.memory?.swap) !== undefined && folderOf(cgroup, 'memory')?.version === 1) {
    found.push({
      field: 'memory.swap',
      message: 'has no effect: this kernel does not count swap (swapaccount=1 makes it)',
    });
  }
  return found;
}

function* gone({ memory = {}, blockIO = {} }: Resources): Generator<{ field: string; message: string }> {
  for (const field of ['kernel', 'kernelTCP'] as const) {
    if (given(memory[field]) === undefined) continue;
    yield { field: `memory.${field}`, message: 'has no effect: Linux dropped such limits in 5.4' };
  }
  const leaf = blockIO.weightDevice?.some(({ leafWeight }) => given(leafWeight) !== undefined);
  if (leaf || given(blockIO.leafWeight) !== undefined) {
    yield { field: 'blockIO.leafWeight', message: 'has no effect: Linux dropped it with the CFQ scheduler in 5.0' };
  }
}

function* missingInV2({
  memory = {},
  cpu = {},
  network = {},
}: Resources): Generator<{ field: string; message: string }> {
  const message = 'has no effect: cgroup v2 has no such setting';
  if (memory.swappiness !== undefined) yield { field: 'memory.swappiness', message };
  if (memory.disableOOMKiller) yield { field: 'memory.disableOOMKiller', message };
  if (given(cpu.realtimeRuntime) !== undefined) yield { field: 'cpu.realtimeRuntime', message };
  if (given(cpu.realtimePeriod) !== undefined) yield { field: 'cpu.realtimePeriod', message };
  if (given(network.classID) !== undefined) yield { field: 'network.classID', message };
  if (network.priorities?.length) yield { field: 'network.priorities', message };
}
