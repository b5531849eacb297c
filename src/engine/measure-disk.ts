import { isKeelsonError } from '../base/index.ts';
import { type ImageParts, measureTree } from '../image/index.ts';
import type { EngineUsage, ImageUsage } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';
import { listContainers } from './list-containers.ts';
import { openVolumes } from './volumes/open-volumes.ts';
import { usersOf } from './volumes/volumes.ts';

/** What images, containers and volumes take. It reads every folder of them. */
export async function measureDisk(context: EngineContext): Promise<EngineUsage> {
  const states = await listContainers(context, { all: true });
  const counts = Map.groupBy(states, ({ imageId }) => imageId);
  const images = await context.images.parts();
  const used = images.filter(({ image }) => counts.has(image.id));
  const imageBytes = sum(images);
  const containers: EngineUsage['containers'][number][] = [];
  for (const state of states) containers.push({ state, bytes: await writtenBy(context, state.id) });
  const volumes: EngineUsage['volumes'][number][] = [];
  for (const volume of await openVolumes(context).list()) {
    const bytes = (await measureTree(volume.mountpoint))?.bytes ?? 0;
    volumes.push({ volume, links: usersOf(context, volume.name).length, bytes });
  }
  return {
    images: images.map((one) => usageOf(one, images, counts.get(one.image.id)?.length ?? 0)),
    imageBytes,
    unusedImageBytes: imageBytes - sum(used),
    containers,
    volumes,
  };
}

/** Bytes of the parts of images, each counted once. */
function sum(images: readonly ImageParts[]): number {
  const parts = new Map(images.flatMap((image) => [...image.parts]));
  return parts.values().reduce((total, bytes) => total + bytes, 0);
}

function usageOf(one: ImageParts, all: readonly ImageParts[], containers: number): ImageUsage {
  const others = all.filter((other) => other !== one);
  const isShared = ([name]: readonly [string, number]) => others.some(({ parts }) => parts.has(name));
  const total = (parts: readonly (readonly [string, number])[]) => parts.reduce((bytes, [, size]) => bytes + size, 0);
  const parts = [...one.parts];
  const sharedBytes = total(parts.filter(isShared));
  return { image: one.image, sharedBytes, uniqueBytes: total(parts) - sharedBytes, containers };
}

async function writtenBy({ images }: EngineContext, id: string): Promise<number> {
  try {
    return (await images.snapshotter.usage(id)).bytes;
  } catch (error) {
    if (isKeelsonError(error, 'not-found')) return 0;
    throw error;
  }
}
