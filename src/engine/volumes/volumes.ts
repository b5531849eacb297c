import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../../base/index.ts';
import { isAlive } from '../process-identity.ts';
import type { Store } from '../store.ts';
import {
  isEmptyFolder,
  keepDraft,
  makeDraft,
  makeVolumeFolder,
  removeDrafts,
  removeVolumeFolder,
  volumeData,
} from './volume-folder.ts';
import type { VolumeRecord } from './volume-table.ts';

export interface VolumeUser {
  /** The data root. */
  root: string;
  store: Store;
  /** This program, as process-identity.ts names it. */
  self: string;
}

const PAUSE = 10;

/** A volume without content, unless there is one of that name. */
export function makeVolume(
  { root, store }: VolumeUser,
  volume: Pick<VolumeRecord, 'name' | 'anonymous' | 'labels'>,
): VolumeRecord | undefined {
  store.volumes.add(volume);
  const found = store.volumes.find(volume.name);
  if (found && found.phase !== 'removing') makeVolumeFolder(root, volume.name);
  return found;
}

/**
 * Makes a volume for the container `holder`, whose record is there already, and fills it by `fill` if it is empty and no
 * other container has it, as Docker does with the image's content. Only one program fills; others wait. What one that
 * died left half filled is begun anew.
 */
export async function provideVolume(
  user: VolumeUser,
  volume: Pick<VolumeRecord, 'name' | 'anonymous' | 'labels'> & { holder: string },
  fill: ((draft: string) => Promise<void>) | undefined,
): Promise<void> {
  const { root, store, self } = user;
  for (;;) {
    const found = makeVolume(user, volume);
    if (found?.phase === 'new' || found?.phase === 'ready') {
      const wanted = fill && isEmptyFolder(volumeData(root, volume.name));
      if (!wanted && found.phase === 'ready') return;
      // Marked first: a container that comes now records itself, then sees the mark and waits.
      if (!store.volumes.take(found, 'filling', self)) continue;
      const alone = found.phase === 'new' || usersOf(user, volume.name).every((name) => name === volume.holder);
      if (wanted && alone) return fillVolume(user, volume.name, fill);
      return release(user, volume.name, 'filling');
    }
    if (found && !isAlive(found.owner)) await finishVolume(user, found);
    else await sleep(PAUSE);
  }
}

async function fillVolume(user: VolumeUser, name: string, fill: (draft: string) => Promise<void>): Promise<void> {
  try {
    const draft = makeDraft(user.root, name);
    await fill(draft);
    keepDraft(user.root, name, draft);
    release(user, name, 'filling');
  } catch (error) {
    removeDrafts(user.root, name);
    release(user, name, 'filling', 'new');
    throw error;
  }
}

function release(
  { store, self }: VolumeUser,
  name: string,
  phase: VolumeRecord['phase'],
  next: VolumeRecord['phase'] = 'ready',
): void {
  const found = store.volumes.find(name);
  if (found?.phase === phase && found.owner === self) store.volumes.take(found, next, '');
}

/** Ends what a program began that has died. */
async function finishVolume(user: VolumeUser, found: VolumeRecord): Promise<void> {
  const { root, store, self } = user;
  if (!store.volumes.take(found, found.phase, self)) return;
  if (found.phase === 'removing') {
    removeVolumeFolder(root, found.name);
    store.volumes.delete(found.name);
  } else {
    makeVolumeFolder(root, found.name);
    removeDrafts(root, found.name);
    release(user, found.name, 'filling', 'new');
  }
}

/** After the death of whoever was at work. */
export async function recoverVolumes(user: VolumeUser): Promise<void> {
  for (const found of user.store.volumes.all()) {
    if (isBusy(found) && !isAlive(found.owner)) await finishVolume(user, found);
  }
}

function isBusy({ phase }: VolumeRecord): boolean {
  return phase === 'filling' || phase === 'removing';
}

/** @throws KeelsonError `VOLUME_NOT_FOUND` */
export function findVolume({ store }: VolumeUser, name: string): VolumeRecord {
  const found = store.volumes.find(name);
  if (found) return found;
  throw new KeelsonError('not-found', `no such volume: ${name}`, {
    code: 'VOLUME_NOT_FOUND',
    hint: '`keelson volume ls` lists them',
  });
}

/** Names of the containers that mount it, whether they run or not, without those that are going. */
export function usersOf({ store }: VolumeUser, name: string): string[] {
  return store
    .all()
    .filter(({ phase }) => phase !== 'removing')
    .filter(({ state }) => state.config.mounts.some((m) => m.type === 'volume' && m.source === name))
    .map(({ state }) => state.name);
}

/**
 * Removes a volume and its content.
 * @param holder a container whose start failed, and that does not count
 * @throws KeelsonError `VOLUME_NOT_FOUND`, `VOLUME_IN_USE`
 */
export async function removeVolume(user: VolumeUser, name: string, holder?: string): Promise<void> {
  const { root, store, self } = user;
  for (;;) {
    const found = findVolume(user, name);
    if (isBusy(found) && isAlive(found.owner)) await sleep(PAUSE);
    else if (isBusy(found)) await finishVolume(user, found);
    // Marked first: a container that comes now records itself, then sees the mark and waits; one before is seen here.
    else if (store.volumes.take(found, 'removing', self)) break;
  }
  const users = usersOf(user, name).filter((container) => container !== holder);
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
