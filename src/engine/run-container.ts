import { mkdirSync } from 'node:fs';
import { release, hostname as systemHostname } from 'node:os';
import { join } from 'node:path';
import { newId } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { copyOut, type Launched, launch, openRuntime } from '../runtime/index.ts';
import type {
  ContainerConfig,
  ContainerExit,
  ContainerState,
  ExecutionConfig,
  RunningContainer,
  RunRequest,
} from '../spec/index.ts';
import { availableCapabilities } from './available-capabilities.ts';
import { buildSpec } from './build-spec.ts';
import { type Connection, connectNetwork } from './connect-network.ts';
import { launchPlan, rootPlan } from './container-plan.ts';
import { discardContainer } from './discard-container.ts';
import type { CleanupProgram, EngineContext } from './engine-context.ts';
import { findDevices } from './find-devices.ts';
import { findImage, refuseMissingFolder } from './find-image.ts';
import { findThermalThrottle } from './find-thermal-throttle.ts';
import { planHealthcheck, withHealthcheck } from './health/health-plan.ts';
import { requireStillThere } from './images/image-removals.ts';
import { insertRecord } from './insert-record.ts';
import { makeBindSources, sourcesMadeFor } from './make-bind-sources.ts';
import { makeRoot } from './make-root.ts';
import { newState } from './new-state.ts';
import { randomBytes } from './random-bytes.ts';
import { requirePrivilege } from './require-privilege.ts';
import { withIds } from './reserve-ids.ts';
import { running } from './running-container.ts';
import { findLabelModules } from './security-labels.ts';
import { hostnameOf, openShared, type SharedNamespaces } from './shared-namespaces.ts';
import { started } from './started-container.ts';
import type { ContainerRecord } from './store.ts';
import { traceSteps } from './trace-steps.ts';
import { provideVolumes, withVolumes } from './volumes/container-volumes.ts';
import { volumeData } from './volumes/volume-folder.ts';
import { withPorts } from './with-ports.ts';

const noExit: ContainerExit = { exitCode: 0, oomKilled: false, finished: 0 };

/** Makes a container and starts it; when any step fails, nothing of it stays. */
export async function runContainer(context: EngineContext, request: RunRequest): Promise<RunningContainer> {
  if (!request.dryRun) requirePrivilege();
  const image = await findImage(context, request);
  if (request.config.rootfs !== undefined) refuseMissingFolder(request.config.rootfs);
  using shared = await openShared(
    context,
    withPorts(
      withVolumes(
        withHealthcheck(withStopSignal(request.config, image?.config.config), image?.config.config),
        image?.config.config,
      ),
      image?.config.config,
    ),
  );
  const id = newId(randomBytes);
  const state = newState({ id, config: shared.config, folder: join(context.root, 'containers', id), image });
  const parts = { state, image, shared };
  if (request.dryRun) return running(await plan(context, request, parts), id, async () => noExit);
  const record: ContainerRecord = { state, phase: 'creating', owner: context.self };
  // Before anything is taken that somebody would have to give back for us.
  insertRecord(context.store, record);
  request.onRecorded?.(id);
  let launched: Awaited<ReturnType<typeof make>> | undefined;
  try {
    if (image) await requireStillThere(context, image);
    launched = await make(context, request, parts);
    Object.assign(state, await launched.describe());
    const container = started(context, record, launched, request);
    if (planHealthcheck(state.config.healthcheck)) await context.checks.begun(id);
    return container;
  } catch (error) {
    // It runs, but nobody would know.
    launched?.exited.catch(() => undefined);
    launched?.monitor.release();
    // What cannot be removed now is removed by the next command; why the start failed is told here alone.
    await discardContainer(context, record).catch(() => undefined);
    throw error;
  }
}

interface Parts {
  state: ContainerState;
  image: Image | undefined;
  shared: SharedNamespaces;
}

/** All steps of a start, in a host that makes none of them. */
async function plan(context: EngineContext, request: RunRequest, parts: Parts): Promise<Launched> {
  const { image } = request.config;
  const described = image === undefined ? undefined : await context.images.describe(image);
  const { host, planned, connect } = await prepare(context, request, { ...parts, execution: described });
  const sourcesToCome = sourcesMadeFor(parts.state.config.mounts, (name) => volumeData(context.root, name));
  return await launch(host, { ...launchPlan(planned, connect()), sourcesToCome });
}

async function make(
  context: EngineContext,
  request: RunRequest,
  parts: Parts,
): Promise<Launched & Pick<Connection, 'describe'>> {
  const { state, image } = parts;
  const { host, planned, connect } = await prepare(context, request, { ...parts, execution: image?.config.config });
  mkdirSync(state.folder, { recursive: true, mode: 0o700 });
  state.layers = await makeRoot(context, state, image);
  makeBindSources(state.config.mounts);
  await provideVolumes(context, state, (path, to) => copyOut(host, rootPlan(state), { path, to }));
  const connection = connect();
  const launched = await launch(host, launchPlan(planned, connection));
  return { ...launched, describe: connection.describe };
}

/** What a start needs to know: nothing is made on the host yet, but ids are reserved. */
async function prepare(
  context: EngineContext,
  request: RunRequest,
  { state, shared, execution }: Parts & { execution: ExecutionConfig | undefined },
) {
  const { id, folder } = state;
  state.config = withIds(context, { ...request, config: shared.config }, id);
  const { config } = state;
  const { paths: joined, networkOwner } = shared;
  const built = buildSpec(config, {
    id,
    image: execution,
    kernel: release(),
    joined,
    hostname: networkOwner && hostnameOf(networkOwner),
    host: systemHostname(),
    masked: findThermalThrottle(),
    volumeData: (name) => volumeData(context.root, name),
    devices: findDevices(config),
    available: availableCapabilities(),
    labelModules: findLabelModules(),
  });
  state.argv = [...(built.spec.process?.args ?? [])];
  const dryRun = request.dryRun ?? false;
  const connect = () => {
    const { addressFolder } = context;
    const name = built.spec.hostname ?? systemHostname();
    return connectNetwork({ id, config, hostname: name, folder, addressFolder, networkOwner, dryRun });
  };
  const cleanup = request.detach ? cleanupOf(context, id) : undefined;
  return {
    host: await openRuntime({ tracer: request.onStep && traceSteps(request.onStep), dryRun }),
    planned: { id, built, state, request: { ...request, config }, sharedMemory: shared.sharedMemory, cleanup },
    connect,
  };
}

/** The image's, where none was asked for: when it is stopped, another image may have the name. */
function withStopSignal(config: ContainerConfig, image: ExecutionConfig | undefined): ContainerConfig {
  return config.stopSignal === undefined && image?.StopSignal ? { ...config, stopSignal: image.StopSignal } : config;
}

function cleanupOf({ cleanup, root }: EngineContext, id: string): CleanupProgram | undefined {
  return cleanup && { ...cleanup, argv: [...cleanup.argv, root, id] };
}
