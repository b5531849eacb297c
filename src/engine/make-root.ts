import type { Image } from '../image/index.ts';
import type { ContainerState, IdMap } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';

/** Folders for the container's root: over its image's layers, or over any folder of the host. */
export async function makeRoot(
  context: EngineContext,
  { config, id }: ContainerState,
  image: Image | undefined,
): Promise<ContainerState['layers']> {
  const { user } = config.namespaces;
  const owner = user?.mode === 'maps' ? { uid: mappedRoot(user.uidMaps), gid: mappedRoot(user.gidMaps) } : undefined;
  const source = image ?? { folder: config.rootfs ?? '/' };
  const made = await context.images.snapshotter.prepare(id, source, { owner });
  return made.kind === 'overlay' ? made : { lower: [made.path] };
}

/** Container id 0 in the host's numbers. */
function mappedRoot(maps: readonly IdMap[]): number {
  const map = maps.find(({ containerID }) => containerID === 0);
  return map?.hostID ?? 0;
}
