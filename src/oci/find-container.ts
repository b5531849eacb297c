import type { RuntimeStatus } from '../spec/index.ts';
import type { CommandCall } from './command.ts';
import type { ContainerState } from './container-state.ts';
import { containerStatus } from './container-status.ts';
import { StateFolder } from './state-folder.ts';

/** The container that a command names. */
export interface FoundContainer {
  folder: StateFolder;
  state: ContainerState;
  status: RuntimeStatus;
}

/** @throws KeelsonError not-found `CONTAINER_UNKNOWN` */
export function findContainer({ options, args }: CommandCall): FoundContainer {
  const folder = new StateFolder(options.root, args[0] ?? '');
  const state = folder.read();
  return { folder, state, status: containerStatus(folder, state) };
}
