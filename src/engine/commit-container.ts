import { isKeelsonError, KeelsonError } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import type { CommitRequest, ContainerConfig, ContainerState, ExecutionConfig } from '../spec/index.ts';
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
  const parent = await parentOf(context, state);
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

/** The image that it was made of; none where it was made over a folder. */
async function parentOf({ images }: EngineContext, { imageId, name }: ContainerState): Promise<Image | undefined> {
  try {
    return imageId === undefined ? undefined : await images.resolve(imageId);
  } catch (cause) {
    if (!isKeelsonError(cause) || cause.code !== 'IMAGE_NOT_FOUND') throw cause;
    // We do not remove what a container has, but the store is open to other programs.
    throw new KeelsonError(
      'not-found',
      `the image that ${name} was made of is gone: how it is run is not known any more`,
      {
        code: 'IMAGE_GONE',
        hint: `its files are there: keelson export ${name} | keelson import --change 'CMD …' - NAME`,
        cause,
      },
    );
  }
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
    ...(config.healthcheck && { Healthcheck: config.healthcheck }),
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
