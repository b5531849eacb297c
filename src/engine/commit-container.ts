import type { Image } from '../image/index.ts';
import type { CommitRequest, ContainerConfig, ExecutionConfig } from '../spec/index.ts';
import { containerFolders } from './container-folders.ts';
import type { EngineContext } from './engine-context.ts';
import { holdContainer } from './hold-container.ts';
import { refreshRecord } from './refresh-record.ts';

/** Makes an image of a container. One that runs is held while what it wrote is read, unless that is not wanted. */
export async function commitContainer(
  context: EngineContext,
  reference: string,
  { pause = true, ...request }: CommitRequest = {},
): Promise<string> {
  const { state } = await refreshRecord(context, context.store.find(reference));
  const parent = state.imageId === undefined ? undefined : await context.images.resolve(state.imageId);
  await using held = pause && state.status === 'running' ? await holdContainer(state) : new AsyncDisposableStack();
  return await context.images.commit({
    ...request,
    parent,
    folders: containerFolders(state),
    config: executionConfig(state.config, parent),
    command: state.argv.join(' '),
    onRead: () => held.disposeAsync(),
  });
}

/** How the container is run, as an image says it. */
function executionConfig(config: ContainerConfig, parent: Image | undefined): ExecutionConfig {
  const image = parent?.config.config ?? {};
  const { command, entrypoint, env, user, workdir, labels, stopSignal, network, mounts } = config;
  const names = new Set(env.map(nameOf));
  const ports = network.ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
  const volumes = mounts.filter(({ anonymous }) => anonymous).map(({ target }) => target);
  return {
    ...image,
    Env: [...(image.Env ?? []).filter((entry) => !names.has(nameOf(entry))), ...env],
    Cmd: command.length > 0 || entrypoint ? command : image.Cmd,
    ...(entrypoint && { Entrypoint: entrypoint }),
    ...(user !== undefined && { User: user }),
    ...(workdir !== undefined && { WorkingDir: workdir }),
    ...(stopSignal !== undefined && { StopSignal: stopSignal }),
    ...(config.noHealthcheck && { Healthcheck: { Test: ['NONE'] } }),
    Labels: { ...image.Labels, ...labels },
    ExposedPorts: { ...image.ExposedPorts, ...marks([...ports, ...(network.exposed ?? [])]) },
    Volumes: { ...image.Volumes, ...marks(volumes) },
  };
}

function marks(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function nameOf(entry: string): string {
  return entry.split('=', 1)[0] ?? '';
}
