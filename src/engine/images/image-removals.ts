import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../../base/index.ts';
import type { Image } from '../../image/index.ts';
import type { EngineContext } from '../engine-context.ts';
import { isAlive } from '../process-identity.ts';

let begun = 0;

/**
 * Removes images, where `work` looks who needs them and then takes them away. Who comes to need one writes that down first,
 * and looks here afterwards: one of both sees the other, whatever the order.
 */
export async function whileRemoving<Result>(
  { store, self }: EngineContext,
  ids: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  const { removals } = store;
  for (const left of removals.all()) if (!isAlive(left.owner)) removals.delete(left);
  const owner = `${self}:${++begun}`;
  try {
    for (const id of ids) removals.add({ id, owner });
    return await work();
  } finally {
    for (const id of ids) removals.delete({ id, owner });
  }
}

/**
 * To be called by who has just written down that an image is needed, and found it before: is it still there?
 * @throws KeelsonError not-found `IMAGE_NOT_FOUND`
 */
export async function requireStillThere(context: EngineContext, image: Image): Promise<void> {
  const { store } = context;
  const isAtIt = () => store.removals.all().some(({ id, owner }) => id === image.id && isAlive(owner));
  for (let pause = 1; isAtIt(); pause = Math.min(20, pause * 2)) await sleep(pause);
  requireListed(context, image);
}

/** @throws KeelsonError not-found `IMAGE_NOT_FOUND` */
export function requireListed({ images }: EngineContext, image: Image): void {
  if (images.holds(image)) return;
  throw new KeelsonError('not-found', `the image ${image.name || image.id} has just been removed`, {
    code: 'IMAGE_NOT_FOUND',
    hint: 'get it again',
  });
}
