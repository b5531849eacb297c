import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isKeelsonError, newId } from '../../base/index.ts';
import type { Volume, VolumePrune, Volumes } from '../../spec/index.ts';
import { randomBytes } from '../random-bytes.ts';
import { volumeData } from './volume-folder.ts';
import type { VolumeRecord } from './volume-table.ts';
import { findVolume, makeVolume, removeVolume, usersOf, type VolumeUser } from './volumes.ts';

/** What the engine offers for volumes. */
export function openVolumes(user: VolumeUser): Volumes {
  const describe = ({ name, created, labels, anonymous }: VolumeRecord): Volume => ({
    name,
    mountpoint: volumeData(user.root, name),
    created,
    labels: { ...labels },
    anonymous,
    inUse: usersOf(user, name).length > 0,
  });
  const list = () =>
    user.store.volumes
      .all()
      .filter(({ phase }) => phase !== 'removing')
      .map(describe);
  return {
    async create({ name = newId(randomBytes), labels = {}, anonymous = false }) {
      // Refused before there is a row of that name.
      volumeData(user.root, name);
      makeVolume(user, { name, anonymous, labels });
      return describe(findVolume(user, name));
    },
    list: async () => list(),
    inspect: async (name) => describe(findVolume(user, name)),
    remove: (name) => removeVolume(user, name),
    prune: (which = {}) => prune(user, list(), which),
  };
}

async function prune(user: VolumeUser, volumes: readonly Volume[], { all = false, matches }: VolumePrune) {
  const removed: string[] = [];
  let bytes = 0;
  for (const volume of volumes) {
    if (volume.inUse || !(all || volume.anonymous) || matches?.(volume) === false) continue;
    try {
      const size = sizeOf(volume.mountpoint);
      await removeVolume(user, volume.name);
      removed.push(volume.name);
      bytes += size;
    } catch (error) {
      // A container took it meanwhile, or somebody else removed it.
      if (!isKeelsonError(error, 'conflict') && !isKeelsonError(error, 'not-found')) throw error;
    }
  }
  return { removed, bytes };
}

/** Of the files in a folder that no container has; zero where nothing was made yet. */
function sizeOf(folder: string): number {
  if (!statSync(folder, { throwIfNoEntry: false })) return 0;
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
