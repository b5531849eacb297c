import { mkdirSync } from 'node:fs';
import { release, hostname as systemHostname } from 'node:os';
import { join } from 'node:path';
import { newId } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { copyOut, launch, openRuntime } from '../runtime/index.ts';
import type { ContainerExit, RunningContainer, RunRequest } from '../spec/index.ts';
import { availableCapabilities } from './available-capabilities.ts';
import { buildSpec } from './build-spec.ts';
import { connectNetwork } from './connect-network.ts';
import { launchPlan, rootPlan } from './container-plan.ts';
import { discardContainer } from './discard-container.ts';
import type { CleanupProgram, EngineContext } from './engine-context.ts';
import { findDevices } from './find-devices.ts';
import { findImage, refuseMissingFolder } from './find-image.ts';
import { findThermalThrottle } from './find-thermal-throttle.ts';
import { insertRecord } from './insert-record.ts';
import { makeBindSources } from './make-bind-sources.ts';
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

const noExit: ContainerExit = { exitCode: 0, oomKilled: false, finished: 0 };

/** Makes a container and starts it; when any step fails, nothing of it stays. */
export async function runContainer(context: EngineContext, request: RunRequest): Promise<RunningContainer> {
  if (!request.dryRun) requirePrivilege();
  const image = await findImage(context, request);
  if (request.config.rootfs !== undefined) refuseMissingFolder(request.config.rootfs);
  const id = newId(randomBytes);
  using shared = await openShared(context, withVolumes(request.config, image?.config.config));
  const config = withIds(context, { ...request, config: shared.config }, id);
  try {
    return await runWithIds(context, { ...request, config }, { id, image, shared });
  } catch (error) {
    context.idRanges.release(id);
    throw error;
  }
}

async function runWithIds(
  context: EngineContext,
  request: RunRequest,
  { id, image, shared }: { id: string; image: Image | undefined; shared: SharedNamespaces },
): Promise<RunningContainer> {
  const { config } = request;
  const found = { devices: findDevices(config), available: availableCapabilities(), labelModules: findLabelModules() };
  const described =
    request.dryRun && config.image !== undefined ? await context.images.describe(config.image) : undefined;
  const execution = image?.config.config ?? described;
  const { paths: joined, networkOwner } = shared;
  const hostname = networkOwner && hostnameOf(networkOwner);
  const built = buildSpec(config, {
    id,
    image: execution,
    kernel: release(),
    joined,
    hostname,
    host: systemHostname(),
    masked: findThermalThrottle(),
    volumeData: (name) => volumeData(context.root, name),
    ...found,
  });
  const folder = join(context.root, 'containers', id);
  const state = newState({ id, config, folder, image, argv: [...(built.spec.process?.args ?? [])] });
  const tracer = request.onStep && traceSteps(request.onStep);
  const dryRun = request.dryRun ?? false;
  const host = await openRuntime({ tracer, dryRun });
  const connect = () => {
    const { addressFolder } = context;
    const name = built.spec.hostname ?? systemHostname();
    return connectNetwork({ id, config, hostname: name, folder, addressFolder, networkOwner, dryRun });
  };
  const cleanup = request.detach ? cleanupOf(context, id) : undefined;
  const planned = { id, built, state, request, sharedMemory: shared.sharedMemory, cleanup };
  if (dryRun) return running(await launch(host, launchPlan(planned, connect())), id, async () => noExit);
  const record: ContainerRecord = { state, phase: 'creating', owner: context.self };
  insertRecord(context.store, record);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    state.layers = await makeRoot(context, state, image);
    makeBindSources(config.mounts);
    await provideVolumes(context, state, (path, to) => copyOut(host, rootPlan(state), { path, to }));
    const connection = connect();
    const launched = await launch(host, launchPlan(planned, connection));
    Object.assign(state, await connection.describe());
    return started(context, record, launched, request);
  } catch (error) {
    // What cannot be removed now is removed by the next command; why the start failed is told here alone.
    await discardContainer(context, record).catch(() => undefined);
    throw error;
  }
}

function cleanupOf({ cleanup, root }: EngineContext, id: string): CleanupProgram | undefined {
  return cleanup && { ...cleanup, argv: [...cleanup.argv, root, id] };
}
