import { isKeelsonError } from '../base/index.ts';
import { removeRdtGroups } from '../runtime/index.ts';
import { withProcess } from './agent-kernel.ts';
import type { CommandCall } from './command.ts';
import { ownedCgroup } from './container-cgroup.ts';
import type { ContainerState } from './container-state.ts';
import { lockFolder } from './folder-lock.ts';
import type { StateFolder } from './state-folder.ts';
import { runStateHooks } from './state-hooks.ts';

/**
 * Ends what is left of a container's processes, removes its cgroup and its record, and runs the hooks that come then.
 * One that fails is logged and no more, since the container has gone (runtime.md#lifecycle).
 */
export async function releaseContainer(
  call: Pick<CommandCall, 'context' | 'flags' | 'log'>,
  folder: StateFolder,
  state: ContainerState,
): Promise<void> {
  const cgroup = await ownedCgroup(call.context, state);
  if (cgroup.pids().length > 0) {
    await withProcess(call.context, async (kernel) => {
      await cgroup.kill(kernel);
      if (cgroup.state() !== 'running') await cgroup.thaw(kernel);
    });
  }
  await cgroup.remove();
  await forgetContainer(call, folder, state);
}

/**
 * The same for one whose first process has ended, unless somebody else did it, who may have made another of its name
 * since: a checkpoint ends a container too, and a restore may follow at once.
 */
export async function releaseEnded(
  call: Pick<CommandCall, 'context' | 'flags' | 'log'>,
  folder: StateFolder,
  state: ContainerState,
): Promise<void> {
  try {
    using _ = await lockFolder(folder, call.context.pid);
    const now = folder.readUnfinished();
    const isOurs =
      now?.init_process_pid === state.init_process_pid && now.init_process_start === state.init_process_start;
    if (isOurs) await releaseContainer(call, folder, state);
  } catch (error) {
    if (!isKeelsonError(error) || error.code !== 'CONTAINER_UNKNOWN') throw error;
  }
}

/** The same for one that has no cgroup. As with runc its id is free while the hooks run, which may take their time. */
export async function forgetContainer(
  call: Pick<CommandCall, 'context' | 'flags' | 'log'>,
  folder: StateFolder,
  state: ContainerState,
): Promise<void> {
  removeRdtGroups(state.intel_rdt_created ?? []);
  const hasHooks = (state.config.spec.hooks?.poststop?.length ?? 0) > 0;
  const areOurs = hasHooks && folder.claimHooks();
  folder.remove();
  if (!areOurs) return;
  try {
    await runStateHooks(call, 'poststop', { state, status: 'stopped' });
  } catch (error) {
    call.log.write('error', error instanceof Error ? error.message : String(error));
  }
}
