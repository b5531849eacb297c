import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../base/index.ts';
import { signalProcesses } from '../runtime/index.ts';
import { withProcess } from './agent-kernel.ts';
import { containerCgroup } from './container-cgroup.ts';
import type { ContainerState } from './container-state.ts';
import { isAlive } from './container-status.ts';

const SIGKILL = 9;
/** Milliseconds that a killed process gets to go; it may have much memory to give back. */
const PATIENCE = 10_000;

/** Kills the first process of a container and waits for its end. */
export async function endContainer(state: ContainerState): Promise<void> {
  await signalProcesses([state.init_process_pid], SIGKILL, () => isAlive(state));
  const cgroup = containerCgroup(state);
  if (cgroup.state() !== 'running') await withProcess((kernel) => cgroup.thaw(kernel));
  for (const started = Date.now(); isAlive(state); await sleep(2)) {
    if (Date.now() - started < PATIENCE) continue;
    throw new KeelsonError('conflict', 'container init still running', { code: 'CONTAINER_STATE' });
  }
}
