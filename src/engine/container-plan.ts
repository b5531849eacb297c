import { join } from 'node:path';
import type { LaunchPlan, MonitorPlan, RootPlan } from '../runtime/index.ts';
import type { ContainerState, RunRequest } from '../spec/index.ts';
import type { BuiltSpec } from './build-spec.ts';
import type { Connection } from './connect-network.ts';
import { stdioPlan } from './stdio-plan.ts';

/**
 * The container's root: its own layer over those of the image, or its copy of the image.
 * @param dryRun nothing was made: told is what would be on most hosts
 */
export function rootPlan({ layers: { lower, upper, work }, folder }: ContainerState, dryRun = false): RootPlan {
  const [copy] = lower;
  if (upper === undefined && copy !== undefined && !dryRun) return { kind: 'folder', path: copy };
  return { kind: 'overlay', lower, upper: upper ?? folder, work: work ?? folder };
}

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
  return {
    id,
    ...built,
    spec: { ...built.spec, mounts: [...(built.spec.mounts ?? []), ...connection.mounts] },
    root: rootPlan(state, request.dryRun),
    ...(sharedMemory && { borrowedMounts: [{ destination: '/dev/shm', namespace: sharedMemory }] }),
    init: request.config.init,
    stdio: stdioPlan(request.stdio, { detach: request.detach, tty: request.config.tty, log: state.logPath }),
    network: connection.setup,
    ...(request.onWarning && warned(request.config, request.onWarning)),
    cacheFolder: join(state.folder, '../../cache'),
    monitor: { folder: state.folder, cleanup },
  };
}

/** Docker's rule: what is asked for by `--cpus` is meant, and without a list of devices there is no container. */
function warned(
  { resources }: RunRequest['config'],
  onWarning: (warning: string) => void,
): Pick<LaunchPlan, 'missingCgroups' | 'onWarning'> {
  const processors = resources.cpus === undefined ? [] : ['cpu.quota', 'cpu.period'];
  return {
    missingCgroups: { refuse: ['devices', ...processors] },
    onWarning: ({ because, message }) => onWarning(`${because} ${message}`),
  };
}
