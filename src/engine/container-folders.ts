import type { ContainerFolders } from '../image/index.ts';
import type { ContainerState, IdMap } from '../spec/index.ts';

/** Where a container's files lie, and whose they are for itself. */
export function containerFolders({ config, layers }: ContainerState): ContainerFolders {
  const { user } = config.namespaces;
  const ids = user?.mode === 'maps' ? { uid: inside(user.uidMaps), gid: inside(user.gidMaps) } : undefined;
  return { lower: layers.lower, upper: layers.upper, ids };
}

/** A host's id as the container's; one that the container cannot name stays. */
function inside(maps: readonly IdMap[]): (id: number) => number {
  return (id) => {
    const map = maps.find(({ hostID, size }) => id >= hostID && id < hostID + size);
    return map ? id - map.hostID + map.containerID : id;
  };
}
