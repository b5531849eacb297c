import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../../base/index.ts';
import { isAlive } from '../process-identity.ts';
import type { Store } from '../store.ts';
import { emptyFolder, isEmptyFolder, makeVolumeFolder, removeVolumeFolder } from './volume-folder.ts';
import type { VolumeRecord } from './volume-table.ts';

export interface VolumeUser {
  /** The data root. */
  root: string;
  store: Store;
  /** This program, as process-identity.ts names it. */
  self: string;
}

const PAUSE = 10;

/**
 * Makes a volume unless it is there, and fills it by `fill` if it is empty, as Docker does with the image's content.
 * Only one program fills; others wait. What one that died left half filled is begun anew.
 */
export async function provideVolume(
  user: VolumeUser,
  volume: Pick<VolumeRecord, 'name' | 'anonymous' | 'labels'>,
  fill: ((data: string) => Promise<void>) | undefined,
): Promise<void> {
  const { root, store, self } = user;
  const { volumes } = store;
  for (;;) {
    volumes.add(volume);
    const found = volumes.find(volume.name);
    if (found?.phase === 'ready') {
      const data = makeVolumeFolder(root, volume.name);
      if (!fill || !isEmptyFolder(data)) return;
      if (volumes.take(found, 'filling', self)) return fillVolume(user, volume.name, fill);
    } else if (found && !isAlive(found.owner)) {
      await finishVolume(user, found);
    } else {
      await sleep(PAUSE);
    }
  }
}

async function fillVolume(user: VolumeUser, name: string, fill: (data: string) => Promise<void>): Promise<void> {
  const data = makeVolumeFolder(user.root, name);
  try {
    await fill(data);
  } catch (error) {
    emptyFolder(data);
    throw error;
  } finally {
    release(user, name, 'filling');
  }
}

function release({ store, self }: VolumeUser, name: string, phase: VolumeRecord['phase']): void {
  const found = store.volumes.find(name);
  if (found?.phase === phase && found.owner === self) store.volumes.take(found, 'ready', '');
}

/** Ends what a program began that has died. */
async function finishVolume(user: VolumeUser, found: VolumeRecord): Promise<void> {
  const { root, store, self } = user;
  if (!store.volumes.take(found, found.phase, self)) return;
  if (found.phase === 'removing') {
    removeVolumeFolder(root, found.name);
    store.volumes.delete(found.name);
  } else {
    emptyFolder(makeVolumeFolder(root, found.name));
    release(user, found.name, 'filling');
  }
}

/** After the death of whoever was at work. */
export async function recoverVolumes(user: VolumeUser): Promise<void> {
  for (const found of user.store.volumes.all()) {
    if (found.phase !== 'ready' && !isAlive(found.owner)) await finishVolume(user, found);
  }
}

/** @throws KeelsonError `VOLUME_NOT_FOUND` */
function findVolume({ store }: VolumeUser, name: string): VolumeRecord {
  const found = store.volumes.find(name);
  if (found) return found;
  throw new KeelsonError('not-found', `no such volume: ${name}`, {
    code: 'VOLUME_NOT_FOUND',
    hint: '`keelson volume ls` lists them',
  });
}

/** Names of the containers that mount it, whether they run or not. */
function usersOf({ store }: VolumeUser, name: string): string[] {
  return store
    .all()
    .filter(({ state }) => state.config.mounts.some((m) => m.type === 'volume' && m.source === name))
    .map(({ state }) => state.name);
}

/**
 * Removes a volume and its content.
 * @throws KeelsonError `VOLUME_NOT_FOUND`, `VOLUME_IN_USE`
 */
export async function removeVolume(user: VolumeUser, name: string): Promise<void> {
  const { root, store, self } = user;
  for (;;) {
    const found = findVolume(user, name);
    if (found.phase !== 'ready' && isAlive(found.owner)) await sleep(PAUSE);
    else if (found.phase !== 'ready') await finishVolume(user, found);
    // Marked first: a container that comes now records itself, then sees the mark and waits; one before is seen here.
    else if (store.volumes.take(found, 'removing', self)) break;
  }
  const users = usersOf(user, name);
  if (users.length > 0) {
    release(user, name, 'removing');
    throw new KeelsonError('conflict', `volume ${name} is used by container ${users.join(', ')}`, {
      code: 'VOLUME_IN_USE',
      hint: 'remove the container first',
    });
  }
  removeVolumeFolder(root, name);
  store.volumes.delete(name);
}
