import type { Call, Fd, Kernel, Value } from '../../kernel/index.ts';
import { AT_FDCWD, EPERM, O_RDONLY, O_WRONLY, SyscallError } from '../../kernel/index.ts';
import type { Linux, RuntimeSpec } from '../../spec/index.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import { mapText } from './map-text.ts';
import { writeMapsAsUser } from './user-maps.ts';

const HEADING = 'User and groups';

/** Lines of uid_map or gid_map (user_namespaces(7)). */
export type IdMapping = NonNullable<Linux['uidMappings']>[number];

export interface IdMaps {
  uids: readonly IdMapping[];
  gids: readonly IdMapping[];
}

/** What those are who make a container. */
export type Makers = Pick<LaunchPlan, 'ordinaryUser' | 'insideUserNamespace'>;

/** The maps of the container's own user namespace; undefined where it has none. */
export function containerMaps({ linux }: RuntimeSpec): IdMaps | undefined {
  if (!linux?.namespaces?.some((n) => n.type === 'user')) return undefined;
  return { uids: linux.uidMappings ?? [], gids: linux.gidMappings ?? [] };
}

/** What an id of the container is on the host; undefined: it has no place there. */
export function onHost(maps: readonly IdMapping[], id: number): number | undefined {
  const found = maps.find((m) => id >= m.containerID && id < m.containerID + m.size);
  return found && found.hostID + id - found.containerID;
}

/** The container's root as the host sees it; who has no such id is the host's nobody. */
export function mappedRoot(maps: IdMaps): { uid: number; gid: number } {
  return { uid: onHost(maps.uids, 0) ?? 65534, gid: onHost(maps.gids, 0) ?? 65534 };
}

/** Opens the user namespace of a process; a new one gets its ids before, which can be done once. */
export async function openUserNamespace(
  kernel: Kernel,
  pid: Value,
  { maps, ordinaryUser = false }: { maps: IdMaps | undefined; ordinaryUser?: boolean | undefined },
): Promise<Fd> {
  const folder = `/proc/${await pid}`;
  if (maps && ordinaryUser) await writeMapsAsUser(kernel, await pid, maps);
  else if (maps) writeMaps(kernel, folder, maps);
  kernel.step(HEADING, 'open the user namespace, for mounts with its ids');
  return kernel.openat(AT_FDCWD, `${folder}/ns/user`, O_RDONLY);
}

function writeMaps(kernel: Kernel, folder: string, maps: IdMaps): void {
  for (const [file, lines, field] of [
    ['uid_map', maps.uids, 'linux.uidMappings'],
    ['gid_map', maps.gids, 'linux.gidMappings'],
  ] as const) {
    kernel.step(HEADING, `map the ids of the container to those of the host (${file})`, field);
    const map = kernel.openat(AT_FDCWD, `${folder}/${file}`, O_WRONLY);
    kernel.write(map, mapText(lines), { failure: refusedMap });
    kernel.close(map);
  }
}

function refusedMap(errno: number, call: Call): Error {
  const hint =
    'ranges must not overlap, and only root of the host may map ids that are not its own (user_namespaces(7))';
  return new SyscallError(call, errno, hint);
}

/** Why `mount_setattr(MOUNT_ATTR_IDMAP)` says no. */
export function refusedIdMap(errno: number, call: Call): Error {
  const hint =
    'a file system there cannot map ids: ext4 and xfs can since Linux 5.12, btrfs since 5.15, tmpfs since Linux 6.3; overlay cannot';
  return new SyscallError(call, errno, hint);
}

/** Becomes root of the own user namespace. Until then files that we make would belong to nobody. */
export function becomeMappedRoot(kernel: Kernel, { ordinaryUser, insideUserNamespace }: Makers): void {
  kernel.step(HEADING, 'become root of the user namespace', 'linux.uidMappings');
  // Who could not give up a group before must not by this: the kernel may forbid it (user_namespaces(7)).
  kernel.setgroups([], ordinaryUser || insideUserNamespace ? { allow: [EPERM] } : {});
  kernel.setresgid(0);
  kernel.setresuid(0);
}
