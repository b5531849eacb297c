import type { RegistryOptions } from '../image/index.ts';
import type { Engine } from '../spec/index.ts';
import { commitContainer } from './commit-container.ts';
import { containerFolders } from './container-folders.ts';
import { defaultDataRoot } from './data-root.ts';
import { type CleanupProgram, type HealthKeeper, openContext } from './engine-context.ts';
import { execInContainer } from './exec-in-container.ts';
import { tellingDisk } from './failing-disk.ts';
import { checkHealth } from './health/check-health.ts';
import { ContainerWatches } from './health/container-watches.ts';
import { imageEngine } from './images/image-engine.ts';
import { killContainer } from './kill-container.ts';
import { inspectContainer, listContainers } from './list-containers.ts';
import { measureDisk } from './measure-disk.ts';
import { readLogs } from './read-logs.ts';
import { recover } from './recover.ts';
import { removeContainer } from './remove-container.ts';
import { runContainer } from './run-container.ts';
import { stopContainer } from './stop-container.ts';
import { openVolumes } from './volumes/open-volumes.ts';
import { waitContainer } from './wait-container.ts';

export interface EngineOptions {
  /** Folder of everything; see `defaultDataRoot`. */
  root?: string | undefined;
  /** How registries are reached. */
  registries?: RegistryOptions | undefined;
  /**
   * What the monitors of detached containers run at their end: a program that calls `cleanUpContainer`. Without one, an end
   * is recorded, and what is left of the container taken away, when an engine next opens the data root.
   */
  cleanup?: CleanupProgram | undefined;
  /**
   * What runs the health checks of detached containers, also when this program has gone: a program that calls `keepHealth`.
   * It is started when it is needed. Without one the engine runs them itself while it is open.
   */
  healthKeeper?: HealthKeeper | undefined;
}

/** Opens the engine in this program. Several may use one data root at the same time. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const opened = openContext(options.root ?? defaultDataRoot({}), options);
  const disposal = new AsyncDisposableStack();
  disposal.use(opened.store);
  const checks = disposal.use(new ContainerWatches(opened));
  const context = { ...opened, checks };
  disposal.defer(() => {
    for (const part of context.partings) part();
  });
  const onDisk = <Result>(work: () => Promise<Result>) => tellingDisk(context.root, work);
  await onDisk(() => recover(context));
  await checks.provide().catch(() => undefined); // a keeper that does not start is no reason not to work
  return {
    images: imageEngine(context),
    run: (request) => onDisk(() => runContainer(context, request)),
    exec: (reference, config, io) => onDisk(() => execInContainer(context, reference, config, io)),
    inspect: (reference) => inspectContainer(context, reference),
    list: (query) => listContainers(context, query),
    logs: (reference, query) => readLogs(context, reference, query),
    checkHealth: (reference) => onDisk(() => checkHealth(context, reference)),
    kill: (reference, signal) => killContainer(context, reference, signal),
    stop: (reference, timeout) => onDisk(() => stopContainer(context, reference, timeout)),
    wait: (reference) => onDisk(() => waitContainer(context, reference)),
    remove: (reference, how) => onDisk(() => removeContainer(context, reference, how)),
    commit: (reference, request) => onDisk(() => commitContainer(context, reference, request)),
    export: (reference) => context.images.export(containerFolders(context.store.find(reference).state)),
    changes: (reference) => context.images.changes(containerFolders(context.store.find(reference).state)),
    diskUsage: () => measureDisk(context),
    volumes: openVolumes(context),
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}
