import type { Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  CLONE_NEWUSER,
  MOUNT_ATTR_IDMAP,
  OPEN_TREE_CLONE,
  SIGKILL,
} from '../../kernel/index.ts';
import type { Mount, MountOptions, RuntimeSpec } from '../../spec/index.ts';
import { findNamespace, parseMountOptions } from '../../spec/index.ts';
import { containerMaps, type IdMaps, openUserNamespace, refusedIdMap } from '../namespaces/id-maps.ts';

const HEADING = 'Mounts';

/** Copies of what is bound, attached nowhere, by the place of the mount in `spec.mounts`. */
export type BindSources = ReadonlyMap<number, Fd>;

/** A copy of the mount at a bind's source. */
export function cloneSource(kernel: Kernel, { source = '' }: Mount, options: MountOptions): Fd {
  return kernel.openTree(AT_FDCWD, source, OPEN_TREE_CLONE | (options.bind === 'bind' ? 0 : AT_RECURSIVE));
}

/** All sources, while we may still go where only root of the host can; those in `done` are there already. */
export function cloneSources(kernel: Kernel, spec: RuntimeSpec, done: BindSources): BindSources {
  const sources = new Map(done);
  (spec.mounts ?? []).forEach((mount, index) => {
    const options = parseMountOptions(mount.options ?? []);
    if ((options.bind === 'none' && mount.type !== 'bind') || sources.has(index)) return;
    kernel.step(HEADING, `take ${mount.source} while the host's root can reach it`, `mounts[${index}]`);
    sources.set(index, cloneSource(kernel, mount, options));
  });
  return sources;
}

/** The maps that a bind mount asks for; `idmap` without any means those of the container (config.md#linux-mount-options). */
function mountMaps(mount: Mount, spec: RuntimeSpec): IdMaps | undefined {
  if (mount.uidMappings?.length) return { uids: mount.uidMappings, gids: mount.gidMappings ?? [] };
  return parseMountOptions(mount.options ?? []).idmap === 'none' ? undefined : containerMaps(spec);
}

/** How many mounts have maps of their own: `cloneMappedSources` makes a short-lived process for each. */
export function countMappedSources(spec: RuntimeSpec): number {
  return (spec.mounts ?? []).filter((mount) => mountMaps(mount, spec) !== undefined).length;
}

/**
 * Sources of id-mapped mounts (mount_setattr(2), Linux 5.12), and others which the kernel lets only root of the host make. A map is
 * taken from a user namespace; a process lives in it just until the namespace is open.
 */
export async function cloneMappedSources(kernel: Kernel, spec: RuntimeSpec): Promise<BindSources> {
  const sources = new Map<number, Fd>();
  for (const [index, mount] of (spec.mounts ?? []).entries()) {
    const maps = mountMaps(mount, spec);
    if (maps === undefined) {
      if (isSplitForUserNamespace(mount, spec)) sources.set(index, splitSource(kernel, mount, index));
      continue;
    }
    kernel.step(HEADING, `make a user namespace for the ids of ${mount.destination}`, `mounts[${index}].uidMappings`);
    const holder = kernel.clone(CLONE_NEWUSER, { name: 'ids' });
    try {
      const userNamespace = await openUserNamespace(kernel, holder.pid, { maps });
      sources.set(index, mapSource(kernel, mount, userNamespace));
      kernel.close(userNamespace);
    } finally {
      kernel.pidfdSendSignal(holder.pidfd, SIGKILL);
      kernel.close(holder.pidfd);
      kernel.wait4(holder.pid);
      holder.kernel.release();
    }
    await kernel.flush();
  }
  return sources;
}

/**
 * To whoever lives in a user namespace the mounts of the host hang together, so that what lies hidden below one stays
 * hidden (mount_namespaces(7)): without those below it a mount can only be taken by root of the host.
 */
function isSplitForUserNamespace(mount: Mount, spec: RuntimeSpec): boolean {
  const { bind } = parseMountOptions(mount.options ?? []);
  return bind === 'bind' && findNamespace(spec.linux?.namespaces, 'user') !== undefined;
}

function splitSource(kernel: Kernel, mount: Mount, index: number): Fd {
  kernel.step(HEADING, `take ${mount.source} without what is mounted below`, `mounts[${index}]`);
  return cloneSource(kernel, mount, parseMountOptions(mount.options ?? []));
}

/** The recursive kind also maps what is mounted below. */
function mapSource(kernel: Kernel, mount: Mount, userNamespace: Fd): Fd {
  const options = parseMountOptions(mount.options ?? []);
  const copy = cloneSource(kernel, mount, options);
  kernel.step(HEADING, `show ${mount.source} with other ids`, 'mounts[].uidMappings');
  const flags = AT_EMPTY_PATH | (options.idmap === 'ridmap' ? AT_RECURSIVE : 0);
  kernel.mountSetattr(copy, '', flags, { set: MOUNT_ATTR_IDMAP, userNamespace, failure: refusedIdMap });
  return copy;
}
