import { mkdirSync, readFileSync, realpathSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import type { Image } from '../../image/index.ts';
import { type Kernel, mountReadOnly, startAgent, unmountReadOnly } from '../../runtime/index.ts';
import type { MountedImage } from '../../spec/index.ts';
import type { EngineContext } from '../engine-context.ts';
import { requirePrivilege } from '../require-privilege.ts';
import { requireListed, requireStillThere } from './image-removals.ts';

/**
 * Shows an image's files at a folder of the host; once more where they are shown already. The record is written before
 * anything is made: what a killed program left follows from it.
 */
export async function mountImage(context: EngineContext, reference: string): Promise<MountedImage> {
  requirePrivilege('to mount an image');
  const image = await context.images.resolve(reference);
  await using agent = await lockedAgent(context);
  const { mounts } = context.store;
  const { id } = image;
  const before = mounts.find(id);
  if (before && before.count > 0 && mountedPlaces().has(placeOf(context, id))) {
    mounts.set(id, before.count + 1);
  } else {
    if (before) await takeAway(context, agent.kernel, id);
    await show(context, agent.kernel, image);
  }
  return describe(context, { id, count: mounts.find(id)?.count ?? 0 });
}

async function show(context: EngineContext, kernel: Kernel, image: Image): Promise<void> {
  const { id } = image;
  const place = placeOf(context, id);
  context.store.mounts.set(id, 0);
  try {
    // From here on nothing is collected, so what it is made of stays while it is mounted.
    requireListed(context, image);
    const root = await context.images.snapshotter.prepare(snapshotOf(id), { layers: image.layers });
    mkdirSync(place, { recursive: true, mode: 0o700 });
    await mountReadOnly(kernel, root, place);
    context.store.mounts.set(id, 1);
    // Only now is it seen that somebody needs it.
    await requireStillThere(context, image);
  } catch (error) {
    // What cannot be taken away now is so by the next command; why it failed is told here alone.
    await takeAway(context, kernel, id).catch(() => undefined);
    throw error;
  }
}

/**
 * Takes back one mount of an image; with the last one its files go from the folder.
 * @param force all mounts of it, also when somebody uses the files
 * @throws KeelsonError conflict `IMAGE_MOUNT_BUSY`, not-found `IMAGE_NOT_MOUNTED`
 */
export async function unmountImage(
  context: EngineContext,
  reference: string,
  { force = false }: { force?: boolean } = {},
): Promise<MountedImage> {
  requirePrivilege('to unmount an image');
  const { id } = await context.images.resolve(reference);
  await using agent = await lockedAgent(context);
  const { mounts } = context.store;
  const found = mounts.find(id);
  if (!found || found.count === 0 || !mountedPlaces().has(placeOf(context, id))) {
    if (found) await takeAway(context, agent.kernel, id);
    throw new KeelsonError('not-found', `the image ${reference} is not mounted`, {
      code: 'IMAGE_NOT_MOUNTED',
      hint: '`keelson image mount` lists those that are',
    });
  }
  const told = describe(context, { id, count: force ? 0 : Math.max(0, found.count - 1) });
  if (told.count > 0) mounts.set(id, told.count);
  else if (await unmountReadOnly(agent.kernel, told.path, { detach: force })) {
    await takeAway(context, agent.kernel, id);
  } else {
    throw new KeelsonError('conflict', `the image ${reference} is in use at ${told.path}`, {
      code: 'IMAGE_MOUNT_BUSY',
      hint: 'leave the folder and close its files, or use --force',
    });
  }
  return told;
}

/** The images that are mounted now. */
export function mountedImages(context: EngineContext): MountedImage[] {
  const places = mountedPlaces();
  return context.store.mounts
    .all()
    .filter(({ id, count }) => count > 0 && places.has(placeOf(context, id)))
    .map((record) => describe(context, record));
}

/** Takes away what a program left that was killed while it mounted or unmounted, or what a restart of the host did. */
export async function recoverMounts(context: EngineContext): Promise<void> {
  if (!findLeft(context)) return;
  await using agent = await lockedAgent(context, false);
  // Somebody is at it.
  if (!agent) return;
  for (let id = findLeft(context); id !== undefined; id = findLeft(context)) await takeAway(context, agent.kernel, id);
}

function findLeft(context: EngineContext): string | undefined {
  const all = context.store.mounts.all();
  if (all.length === 0) return undefined;
  const places = mountedPlaces();
  return all.find(({ id, count }) => count === 0 || !places.has(placeOf(context, id)))?.id;
}

/** All of it follows from the id. */
async function takeAway(context: EngineContext, kernel: Kernel, id: string): Promise<void> {
  const place = placeOf(context, id);
  context.store.mounts.set(id, 0);
  await unmountReadOnly(kernel, place, { detach: true });
  await context.images.snapshotter.remove(snapshotOf(id));
  removeFolder(place);
  context.store.mounts.delete(id);
}

function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
  }
}

/** A process that holds the lock of all mounts while it lives, and the images' content. */
async function lockedAgent(context: EngineContext, wait?: true): Promise<ReturnType<typeof startAgent>>;
async function lockedAgent(context: EngineContext, wait: false): Promise<ReturnType<typeof startAgent> | undefined>;
async function lockedAgent(context: EngineContext, wait = true) {
  await using disposal = new AsyncDisposableStack();
  const agent = disposal.use(startAgent({ stdio: ['ignore', 'ignore', 'ignore'] }));
  if (!(await context.images.holdMounts(agent.kernel, { wait }))) return undefined;
  disposal.move();
  return agent;
}

function describe(context: EngineContext, { id, count }: { id: string; count: number }): MountedImage {
  const known = context.images.list().filter((image) => image.id === id);
  return {
    id,
    names: known.map(({ name }) => name).filter((name) => name !== ''),
    digests: [...new Set(known.map(({ digest }) => digest))],
    path: placeOf(context, id),
    count,
  };
}

function placeOf({ root }: EngineContext, id: string): string {
  // As the kernel's list of mounts has it, without links.
  return join(realpathSync(root), 'mounts', id.slice(id.indexOf(':') + 1));
}

/** Of the copy or of the folders for an overlay, among those of containers. */
function snapshotOf(id: string): string {
  return `image-${id.slice(id.indexOf(':') + 1)}`;
}

/** Places of all mounts, as proc(5) writes them in its list. */
function mountedPlaces(): ReadonlySet<string> {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return new Set(
    lines.map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, digits: string) =>
        String.fromCharCode(Number.parseInt(digits, 8)),
      ),
    ),
  );
}
