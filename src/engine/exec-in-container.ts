import { release, hostname as systemHostname } from 'node:os';
import { execIn, type Launched, type LaunchPlan, openRuntime, shellExitCode } from '../runtime/index.ts';
import type { ContainerState, ExecConfig, RunningProcess, StdioConfig } from '../spec/index.ts';
import { availableCapabilities } from './available-capabilities.ts';
import { buildSpec } from './build-spec.ts';
import type { EngineContext } from './engine-context.ts';
import { findThermalThrottle } from './find-thermal-throttle.ts';
import { refreshRecord } from './refresh-record.ts';
import { requireRunning } from './require-running.ts';
import { running } from './running-container.ts';
import { findLabelModules } from './security-labels.ts';
import { stdioPlan } from './stdio-plan.ts';
import { volumeData } from './volumes/volume-folder.ts';

/**
 * Starts one more process in a running container, with the identity and limits that its record gives. Detached it lives
 * on when this engine is closed, which then cannot tell how it ends.
 */
export async function execInContainer(
  context: EngineContext,
  reference: string,
  config: ExecConfig,
  io: { stdio: StdioConfig; detach?: boolean },
): Promise<RunningProcess> {
  const { state } = requireRunning(await refreshRecord(context, context.store.find(reference)));
  const launched = await launchExec(context, state, config, io);
  const part = () => launched.monitor.release();
  if (io.detach) context.partings.add(part);
  const exited = launched.exited.then((event) => {
    part();
    context.partings.delete(part);
    return { exitCode: shellExitCode(event), oomKilled: false, finished: event.time };
  });
  if (io.detach) exited.catch(() => undefined); // nobody may wait for it
  return running(launched, state.id, () => exited);
}

/** The same for a container that runs. The caller lets the process's monitor go. */
export async function launchExec(
  context: EngineContext,
  state: ContainerState,
  config: ExecConfig,
  io: { stdio: StdioConfig; detach?: boolean; endsWithUs?: boolean },
): Promise<Launched> {
  const built = buildSpec(
    {
      ...state.config,
      entrypoint: [],
      command: config.command,
      env: [...state.config.env, ...config.env],
      tty: config.tty,
      ...(config.user === undefined ? {} : { user: config.user }),
      ...(config.workdir === undefined ? {} : { workdir: config.workdir }),
      privileges: { ...state.config.privileges, ...(config.privileged ? { privileged: true } : {}) },
    },
    {
      id: state.id,
      image: state.imageId ? (await context.images.resolve(state.imageId)).config.config : undefined,
      kernel: release(),
      devices: [],
      host: systemHostname(),
      masked: findThermalThrottle(),
      labelModules: findLabelModules(),
      volumeData: (name) => volumeData(context.root, name),
      available: availableCapabilities(),
    },
  );
  const stdio = stdioPlan(io.stdio, { detach: io.detach ?? false, tty: config.tty, log: undefined });
  const plan: LaunchPlan = {
    id: state.id,
    ...built,
    root: { kind: 'folder', path: '/' },
    stdio,
    endsWithUs: io.endsWithUs,
  };
  return await execIn(await openRuntime(), state.pid, plan);
}
