import type { ContainerExit, ContainerState } from '../spec/index.ts';

/** How a container ended, from its record. */
export function exitOf(state: ContainerState): ContainerExit {
  return { exitCode: state.exitCode ?? 0, oomKilled: state.oomKilled, finished: state.finished ?? 0 };
}
