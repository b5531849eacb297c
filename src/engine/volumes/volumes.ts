import { join } from 'node:path';
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

/**
 * Volumes that this program fills or removes now, by data root and name, whatever engine of it does so. One that is ours
 * by its row and not here was left when its row could not be written, as on a full disk.
 */
const inHand = new Set<string>();

/** Is nobody at work on it, whatever its row says? */
function isAbandoned({ root, self }: VolumeUser, { name, owner }: VolumeRecord): boolean {
  return owner === self ? !inHand.has(join(root, name)) : !isAlive(owner);
}

/** Takes a volume over from the phase that was seen, for `work`. False when somebody else was faster. */
async function takeInHand(
  { root, store, self }: VolumeUser,
  seen: VolumeRecord,
  { phase, work }: { phase: VolumeRecord['phase']; work: () => Promise<void> | void },
): Promise<boolean> {
  const key = join(root, seen.name);
  if (inHand.has(key)) return false;
  inHand.add(key);
  try {
    if (!store.volumes.take(seen, phase, self)) return false;
    await work();
    return true;
  } finally {
    inHand.delete(key);
  }
}

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
  const { root } = user;
  for (;;) {
    const found = makeVolume(user, volume);
    if (found?.phase === 'new' || found?.phase === 'ready') {
      const wanted = fill && isEmptyFolder(volumeData(root, volume.name));
      if (!wanted && found.phase === 'ready') return;
      const work = () => {
        const alone = found.phase === 'new' || usersOf(user, volume.name).every((name) => name === volume.holder);
        return wanted && alone ? fillVolume(user, volume.name, fill) : release(user, volume.name, 'filling');
      };
      // Marked first: a container that comes now records itself, then sees the mark and waits.
      if (await takeInHand(user, found, { phase: 'filling', work })) return;
    } else if (found && isAbandoned(user, found)) {
      await finishVolume(user, found);
      continue;
    }
    await sleep(PAUSE);
  }
}

async function fillVolume(user: VolumeUser, name: string, fill: (draft: string) => Promise<void>): Promise<void> {
  try {
    const draft = makeDraft(user.root, name);
    await fill(draft);
    keepDraft(user.root, name, draft);
    release(user, name, 'filling');
  } catch (error) {
    try {
      removeDrafts(user.root, name);
      release(user, name, 'filling', 'new');
    } catch {
      // The next one to come does it; why it was not filled is told here alone.
    }
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
  const { root, store } = user;
  const work = () => {
    if (found.phase === 'removing') {
      removeVolumeFolder(root, found.name);
      store.volumes.delete(found.name);
    } else {
      makeVolumeFolder(root, found.name);
      removeDrafts(root, found.name);
      release(user, found.name, 'filling', 'new');
    }
  };
  await takeInHand(user, found, { phase: found.phase, work });
}

/** After the death of whoever was at work. */
export async function recoverVolumes(user: VolumeUser): Promise<void> {
  for (const found of user.store.volumes.all()) {
    if (isBusy(found) && isAbandoned(user, found)) await finishVolume(user, found);
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
  const work = () => removeUnused(user, name, holder);
  for (;;) {
    const found = findVolume(user, name);
    if (isBusy(found) && isAbandoned(user, found)) await finishVolume(user, found);
    // Marked first: a container that comes now records itself, then sees the mark and waits; one before is seen here.
    else if (!isBusy(found) && (await takeInHand(user, found, { phase: 'removing', work }))) return;
    else await sleep(PAUSE);
  }
}

function removeUnused(user: VolumeUser, name: string, holder: string | undefined): void {
  const { root, store } = user;
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
