import { withProcess } from './agent-kernel.ts';
import { containerCgroup } from './container-cgroup.ts';
import type { ContainerState } from './container-state.ts';
import type { OciContext } from './oci-context.ts';
import type { StateFolder } from './state-folder.ts';

/** Ends what is left of a container's processes, and removes its cgroup and its record. */
export async function releaseContainer(context: OciContext, folder: StateFolder, state: ContainerState): Promise<void> {
  const cgroup = containerCgroup(state);
  if (cgroup.pids().length > 0) {
    await withProcess(context, async (kernel) => {
      await cgroup.kill(kernel);
      if (cgroup.state() !== 'running') await cgroup.thaw(kernel);
    });
  }
  await cgroup.remove();
  folder.remove();
}
