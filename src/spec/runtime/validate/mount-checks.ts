import { posix } from 'node:path';
import { type MountOptions, parseMountOptions } from '../../mount-options.ts';
import type { Problem } from '../../schema/problem.ts';
import { shown } from '../../schema/scalars.ts';
import type { Mount } from '../mount.ts';
import { findNamespace } from '../namespace.ts';
import type { RuntimeSpec } from '../runtime-spec.ts';
import { idMappings } from './namespace-checks.ts';

/** What a mount cannot do without. */
export function* mounts(spec: RuntimeSpec): Generator<Problem> {
  for (const [i, mount] of (spec.mounts ?? []).entries()) {
    const path = `mounts[${i}]`;
    const options = parseMountOptions(mount.options ?? []);
    if (options.bind !== 'none' && !mount.source && !options.remount) {
      yield { path: `${path}.source`, message: 'is missing, but a bind mount needs it' };
    }
    if (options.bind === 'none' && !options.remount && !mount.type) {
      yield { path: `${path}.type`, message: 'is missing', hint: "name a file system, or add the option 'rbind'" };
    }
    if (options.tmpcopyup && (options.bind !== 'none' || mount.type !== 'tmpfs')) {
      yield { path: `${path}.options`, message: "'tmpcopyup' is for a tmpfs alone" };
    }
    yield* overProc(mount, path);
    yield* idMappedMount(spec, mount, { path, options });
  }
}

/** What may be mounted below /proc, as with runc: files that tell of the machine alone, which lxcfs replaces. */
const OVER_PROC = [
  '/proc/cpuinfo',
  '/proc/diskstats',
  '/proc/loadavg',
  '/proc/meminfo',
  '/proc/net/dev',
  '/proc/slabinfo',
  '/proc/stat',
  '/proc/swaps',
  '/proc/sys/crypto/fips_enabled',
  '/proc/sys/kernel/ns_last_pid',
  '/proc/uptime',
];

/**
 * A folder of an image or a volume in the place of /proc, or of a part of it, swallows what is written there, such as the
 * label of the process and its sysctls, or leads it elsewhere (CVE-2019-16884, CVE-2025-52881).
 */
function* overProc({ destination, type, source }: Mount, path: string): Generator<Problem> {
  const place = posix.resolve('/', destination);
  if (place.startsWith('/proc/') && !OVER_PROC.includes(place)) {
    const message = `${shown(destination)} is inside /proc, where nothing can be mounted`;
    yield {
      path: `${path}.destination`,
      message,
      hint: 'mount it elsewhere; only single files of the machine are taken',
    };
  }
  const isProc = type === 'proc' || (source !== undefined && posix.resolve('/', source) === '/proc');
  if (place === '/proc' && !isProc) {
    yield { path: `${path}.destination`, message: "is /proc, where only a file system of type 'proc' can be mounted" };
  }
}

/**
 * Both mappings or none; `idmap` without them takes those of the container, if it has any (config.md#linux-mount-options).
 * Like runc, only of bind mounts: a new file system belongs to the container's user namespace already.
 */
function* idMappedMount(
  { linux = {} }: RuntimeSpec,
  { uidMappings = [], gidMappings = [] }: Mount,
  { path, options }: { path: string; options: MountOptions },
): Generator<Problem> {
  const mapped = uidMappings.length > 0 || gidMappings.length > 0;
  if (!mapped && options.idmap === 'none') return;
  if (options.bind === 'none') {
    yield { path, message: 'maps ids, which only a bind mount can do', hint: "add the option 'bind' or 'rbind'" };
  }
  if (!mapped && findNamespace(linux.namespaces, 'user') === undefined) {
    const message = `${shown(options.idmap)} has no mapping to apply`;
    yield { path: `${path}.options`, message, hint: 'add uidMappings and gidMappings to the mount' };
  }
  if (mapped && uidMappings.length === 0)
    yield { path: `${path}.uidMappings`, message: 'is missing beside gidMappings' };
  if (mapped && gidMappings.length === 0)
    yield { path: `${path}.gidMappings`, message: 'is missing beside uidMappings' };
  yield* idMappings(`${path}.uidMappings`, uidMappings);
  yield* idMappings(`${path}.gidMappings`, gidMappings);
}

/** config-linux.md: both lists hold absolute paths of the container. */
export function* maskedAndReadonlyPaths({ linux = {} }: RuntimeSpec): Generator<Problem> {
  for (const field of ['maskedPaths', 'readonlyPaths'] as const) {
    for (const [i, path] of (linux[field] ?? []).entries()) {
      if (path.startsWith('/')) continue;
      yield { path: `linux.${field}[${i}]`, message: `must be an absolute path, not ${shown(path)}` };
    }
  }
}
