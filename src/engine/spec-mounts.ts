import { posix } from 'node:path';
import { invalid } from '../base/index.ts';
import type { ContainerConfig, Mount, MountConfig } from '../spec/index.ts';
import { DEFAULT_SHM_SIZE, defaultMounts } from '../spec/index.ts';

/** The default mounts without those that the container's own replace, then those, outermost first. */
export function buildMounts(config: ContainerConfig, volumeData: (name: string) => string): Mount[] {
  const source = ({ type, source: name = '' }: MountConfig) => (type === 'volume' ? volumeData(name) : name);
  refuseTwice(config.mounts);
  const own = config.mounts
    .map((mount) => ({ ...buildMount({ ...mount, source: source(mount) }), ...volumeIds(mount, config) }))
    .toSorted((a, b) => depth(a.destination) - depth(b.destination));
  const replaced = new Set(own.map((m) => m.destination));
  const writableSystem = config.privileges.privileged;
  const standard = defaultMounts(config.shmSize ?? DEFAULT_SHM_SIZE)
    .filter((m) => !replaced.has(m.destination))
    .filter((m) => m.destination !== '/dev/shm' || config.namespaces.ipc !== 'none')
    .map((m) => (m.destination === '/dev/shm' && sharesMemory(config) ? SHARED_MEMORY : m))
    .map((m) => (writableSystem && m.options ? { ...m, options: m.options.filter((o) => o !== 'ro') } : m));
  return [...standard, ...own];
}

/** Only one could be seen, and which one would be chance (Docker refuses it too). */
function refuseTwice(mounts: readonly MountConfig[]): void {
  const targets = new Set<string>();
  for (const { target } of mounts) {
    const clean = posix.normalize(target).replace(/(?<=.)\/$/, '');
    if (targets.has(clean)) throw invalid('MOUNT_TARGET_TWICE', `two mounts at ${clean}: give each a path of its own`);
    targets.add(clean);
  }
}

/** The other container's; where it comes from is not a path of the host. */
const SHARED_MEMORY: Mount = { destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['bind'] };

function sharesMemory({ namespaces }: ContainerConfig): boolean {
  return namespaces.ipc?.startsWith('container:') === true;
}

function buildMount(mount: MountConfig): Mount {
  if (mount.type === 'tmpfs') {
    const size = mount.tmpfsSize === undefined ? [] : [`size=${mount.tmpfsSize}`];
    const mode = mount.tmpfsMode === undefined ? [] : [`mode=${mount.tmpfsMode.toString(8)}`];
    const options = [
      'nosuid',
      'nodev',
      'noexec',
      ...(mount.readOnly ? ['ro'] : []),
      ...size,
      ...mode,
      ...(mount.options ?? []),
    ];
    return { destination: mount.target, type: 'tmpfs', source: 'tmpfs', options };
  }
  const readOnly = mount.readOnly ? [mount.recursiveReadOnly === false ? 'ro' : 'rro'] : [];
  const options = [mount.nonRecursive ? 'bind' : 'rbind', mount.propagation ?? 'rprivate', ...readOnly];
  return { destination: mount.target, type: 'bind', source: mount.source ?? '', options };
}

/** On disk a volume has the ids that the container knows, whatever its user namespace: it may be shared with others. */
function volumeIds(
  { type }: MountConfig,
  { namespaces: { user } }: ContainerConfig,
): Pick<Mount, 'uidMappings' | 'gidMappings'> {
  if (type !== 'volume' || user?.mode !== 'maps') return {};
  return { uidMappings: user.uidMaps, gidMappings: user.gidMaps };
}

function depth(path: string): number {
  return path.split('/').filter(Boolean).length;
}
