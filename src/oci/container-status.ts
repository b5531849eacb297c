import { existsSync } from 'node:fs';
import type { RuntimeStatus } from '../spec/index.ts';
import { containerCgroup } from './container-cgroup.ts';
import type { ContainerState } from './container-state.ts';
import { processStart } from './process-start.ts';
import type { StateFolder } from './state-folder.ts';

/** What a container does, from what the kernel says: nobody is there to keep a record of it. */
export function containerStatus(folder: StateFolder, state: ContainerState): RuntimeStatus {
  if (!isAlive(state)) return 'stopped';
  if (containerCgroup(state).state() !== 'running') return 'paused';
  return existsSync(folder.gate) ? 'created' : 'running';
}

/** Is the first process of the container there, and still the one that it was? */
export function isAlive({ init_process_pid: pid, init_process_start: start }: ContainerState): boolean {
  return pid > 0 && processStart(pid) === start;
}
