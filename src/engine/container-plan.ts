import { join } from 'node:path';
import type { LaunchPlan, MonitorPlan } from '../runtime/index.ts';
import type { ContainerState, RunRequest } from '../spec/index.ts';
import type { BuiltSpec } from './build-spec.ts';
import type { Connection } from './connect-network.ts';
import { stdioPlan } from './stdio-plan.ts';

/** All that the runtime needs to launch the container. */
export function launchPlan(
  planned: {
    id: string;
    built: BuiltSpec;
    state: ContainerState;
    request: RunRequest;
    sharedMemory: string | undefined;
    cleanup: MonitorPlan['cleanup'];
  },
  connection: Connection,
): LaunchPlan {
  const { id, built, state, request, sharedMemory, cleanup } = planned;
  const { lower, upper, work } = state.layers;
  const overlay = { kind: 'overlay' as const, lower, upper: upper ?? state.folder, work: work ?? state.folder };
  return {
    id,
    ...built,
    spec: { ...built.spec, mounts: [...(built.spec.mounts ?? []), ...connection.mounts] },
    root: overlay,
    ...(sharedMemory && { borrowedMounts: [{ destination: '/dev/shm', namespace: sharedMemory }] }),
    init: request.config.init,
    stdio: stdioPlan(request.stdio, { detach: request.detach, tty: request.config.tty, log: state.logPath }),
    network: connection.setup,
    cacheFolder: join(state.folder, '../../cache'),
    monitor: { folder: state.folder, cleanup },
  };
}
