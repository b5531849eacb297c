import { fieldPath, type Problem } from '../../schema/problem.ts';
import { shown } from '../../schema/scalars.ts';
import type { IdMapping } from '../id-mapping.ts';
import { findNamespace, type NamespaceType } from '../namespace.ts';
import type { RuntimeSpec } from '../runtime-spec.ts';
import { SHIFTABLE_CLOCKS } from '../time-offset.ts';

/** config-linux.md#namespaces demands an error for both. */
export function* namespaceList({ linux = {} }: RuntimeSpec): Generator<Problem> {
  const seen = new Set<NamespaceType>();
  for (const [i, { type, path = '' }] of (linux.namespaces ?? []).entries()) {
    const place = `linux.namespaces[${i}]`;
    if (seen.has(type)) yield { path: `${place}.type`, message: `${type} is there twice`, hint: 'remove one' };
    if (path !== '' && !path.startsWith('/')) {
      yield { path: `${place}.path`, message: `must be an absolute path, not ${shown(path)}` };
    }
    seen.add(type);
  }
}

function needs(path: string, type: NamespaceType): Problem {
  return {
    path,
    message: `needs a ${type} namespace of the container's own, or it would change the host`,
    hint: `add {"type": "${type}"} to linux.namespaces`,
  };
}

/**
 * Whatever would change the host unless the container has a namespace for it. The mount namespace is not on the list of
 * runc, which starts such a container in the host's root file system.
 */
export function* namespacesForFields(spec: RuntimeSpec): Generator<Problem> {
  const { linux = {} } = spec;
  const lacks = (type: NamespaceType) => findNamespace(linux.namespaces, type) === undefined;
  if (lacks('mount')) yield needs('root', 'mount');
  if (lacks('uts')) {
    if (spec.hostname) yield needs('hostname', 'uts');
    if (spec.domainname) yield needs('domainname', 'uts');
  }
  if (lacks('network') && !isEmpty(linux.netDevices)) yield needs('linux.netDevices', 'network');
  if (lacks('time') && !isEmpty(linux.timeOffsets)) yield needs('linux.timeOffsets', 'time');
  if (lacks('user')) {
    if (linux.uidMappings?.length) yield needs('linux.uidMappings', 'user');
    if (linux.gidMappings?.length) yield needs('linux.gidMappings', 'user');
  }
}

function isEmpty(object: object | undefined): boolean {
  return object === undefined || Object.keys(object).length === 0;
}

/** A new user namespace without both mappings has no user that could set the container up. */
export function* userNamespace({ linux = {} }: RuntimeSpec): Generator<Problem> {
  const namespace = findNamespace(linux.namespaces, 'user');
  yield* idMappings('linux.uidMappings', linux.uidMappings);
  yield* idMappings('linux.gidMappings', linux.gidMappings);
  if (namespace === undefined || namespace.path) return; // one that is joined has its mappings already
  for (const field of ['uidMappings', 'gidMappings'] as const) {
    if (linux[field]?.length) continue;
    yield {
      path: `linux.${field}`,
      message: 'is missing, but a new user namespace needs it',
      hint: 'map at least the container’s root: {"containerID": 0, "hostID": …, "size": 1}',
    };
  }
}

/** UID_GID_MAP_MAX_EXTENTS of Linux 4.15. */
const MAX_MAPPINGS = 340;

/** What the kernel refuses when it is written to uid_map (user_namespaces(7)): empty, overlapping or overflowing lines. */
export function* idMappings(path: string, mappings: readonly IdMapping[] = []): Generator<Problem> {
  if (mappings.length > MAX_MAPPINGS) {
    yield { path, message: `has ${mappings.length} entries, but the kernel takes ${MAX_MAPPINGS}` };
    return;
  }
  for (const [i, mapping] of mappings.entries()) {
    if (mapping.size === 0) yield { path: `${path}[${i}].size`, message: 'must be at least 1' };
    for (const side of ['containerID', 'hostID'] as const) {
      // The last id, 2^32-1, is "no id" and in no mapping.
      if (mapping[side] + mapping.size > 2 ** 32 - 1) {
        yield { path: `${path}[${i}].${side}`, message: `with size ${mapping.size} goes past the last id` };
      }
      const earlier = mappings.slice(0, i).findIndex((other) => overlap(other, mapping, side));
      if (earlier >= 0) yield { path: `${path}[${i}].${side}`, message: `overlaps with entry ${earlier}` };
    }
  }
}

function overlap(a: IdMapping, b: IdMapping, side: 'containerID' | 'hostID'): boolean {
  return a[side] < b[side] + b.size && b[side] < a[side] + a.size;
}

const NANOSECONDS = 1_000_000_000;

/** What /proc/PID/timens_offsets takes, and only of a namespace that nobody is in yet (time_namespaces(7)). */
export function* timeOffsets({ linux = {} }: RuntimeSpec): Generator<Problem> {
  for (const [clock, { nanosecs = 0 }] of Object.entries(linux.timeOffsets ?? {})) {
    const path = fieldPath('linux.timeOffsets', clock);
    if (!SHIFTABLE_CLOCKS.includes(clock)) {
      yield {
        path,
        message: 'is no clock that a time namespace can shift',
        hint: `use ${SHIFTABLE_CLOCKS.join(' or ')}`,
      };
    }
    if (nanosecs >= NANOSECONDS) yield { path: `${path}.nanosecs`, message: 'must be below 1000000000' };
  }
  if (findNamespace(linux.namespaces, 'time')?.path && !isEmpty(linux.timeOffsets)) {
    yield { path: 'linux.timeOffsets', message: 'cannot change a time namespace that is joined by its path' };
  }
}

/** dev_valid_name of Linux, which also bounds the name to 15 characters. */
const INTERFACE_NAME = /^(?!\.{1,2}$)[^/:\s]{1,15}$/;

/** Names that the kernel takes; a new name may end in `%d`, for which the kernel puts a number. */
export function* netDevices({ linux = {} }: RuntimeSpec): Generator<Problem> {
  const seen = new Map<string, string>();
  for (const [hostName, { name = '' }] of Object.entries(linux.netDevices ?? {})) {
    const path = fieldPath('linux.netDevices', hostName);
    if (!INTERFACE_NAME.test(hostName) || hostName.includes('%'))
      yield { path, message: 'is no name of a network device' };
    const newName = name === '' ? hostName : name;
    if (name !== '' && (!INTERFACE_NAME.test(name) || !/^[^%]*(%d)?$/.test(name))) {
      yield { path: `${path}.name`, message: `${shown(name)} is no name of a network device` };
    }
    const other = seen.get(newName);
    if (other !== undefined && !newName.endsWith('%d')) {
      yield { path: `${path}.name`, message: `${shown(newName)} is also the new name of ${shown(other)}` };
    }
    seen.set(newName, hostName);
  }
}
