import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../base/index.ts';
import { signalBy } from '../runtime/index.ts';
import { withProcess } from './agent-kernel.ts';
import { containerCgroup } from './container-cgroup.ts';
import type { ContainerState } from './container-state.ts';
import { isAlive } from './container-status.ts';
import type { OciContext } from './oci-context.ts';

const SIGKILL = 9;
/** Milliseconds that a killed process gets to go; it may have much memory to give back. */
const PATIENCE = 10_000;

/** Kills the first process of a container and waits for its end. */
export async function endContainer(context: OciContext, state: ContainerState): Promise<void> {
  const target = { pids: [state.init_process_pid], signal: SIGKILL, isMeant: () => isAlive(state) };
  await withProcess(context, (kernel) => signalBy(kernel, target));
  const cgroup = containerCgroup(state);
  if (cgroup.state() !== 'running') await withProcess(context, (kernel) => cgroup.thaw(kernel));
  for (const started = Date.now(); isAlive(state); await sleep(2)) {
    if (Date.now() - started < PATIENCE) continue;
    throw new KeelsonError('conflict', 'container init still running', { code: 'CONTAINER_STATE' });
  }
}
