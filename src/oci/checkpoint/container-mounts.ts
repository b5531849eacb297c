import { readFileSync } from 'node:fs';
import { isBind, isCgroup, type Kernel, resolveInRoot } from '../../runtime/index.ts';
import { DEFAULT_DEVICES, findNamespace, type RuntimeSpec } from '../../spec/index.ts';
import type { CriuOptions } from './criu-messages.ts';

type External = NonNullable<CriuOptions['ext_mnt']>;

/** Every masked file is a mount of this one. */
const NULL = '/dev/null';

/**
 * Mounts that lead out of the container, which criu is not to save but to note: by their place, with the name under which
 * `externalSources` gives them back.
 */
export async function externalMounts(kernel: Kernel, pid: number, spec: RuntimeSpec): Promise<External> {
  const mounts = mountsOf(pid);
  const binds = (spec.mounts ?? []).filter(isBind).map(({ destination }) => destination);
  const places = await resolveInRoot(kernel, `/proc/${pid}/root`, binds);
  const masked = spec.linux?.maskedPaths ?? [];
  const hidden = mounts.filter(({ root, place }) => root === '/null' && masked.includes(place));
  return [
    ...[...places, ...cgroupPlaces(mounts, spec), ...devicePaths(spec)].map((path) => ({ key: path, val: path })),
    ...hidden.map(({ place }) => ({ key: place, val: NULL })),
  ];
}

/** What criu is to mount under the names of `externalMounts`. */
export function externalSources(
  spec: RuntimeSpec,
  binds: readonly { destination: string; source: string }[],
): External {
  return [
    ...binds.map(({ destination, source }) => ({ key: destination, val: source })),
    ...(spec.linux?.maskedPaths?.length ? [{ key: NULL, val: NULL }] : []),
    ...devicePaths(spec).map((path) => ({ key: path, val: path })),
  ];
}

/** Nodes of the host, where the container may not make its own. */
function devicePaths(spec: RuntimeSpec): string[] {
  if (findNamespace(spec.linux?.namespaces, 'user') === undefined) return [];
  return [...new Set([...DEFAULT_DEVICES, ...(spec.linux?.devices ?? [])].map(({ path }) => path))];
}

/** Without a cgroup namespace a container sees its parts of the host's cgroup mounts. */
function cgroupPlaces(mounts: readonly MountOfProcess[], spec: RuntimeSpec): string[] {
  if (findNamespace(spec.linux?.namespaces, 'cgroup') !== undefined) return [];
  const folders = (spec.mounts ?? []).filter(isCgroup).map(({ destination }) => destination.replace(/\/+$/, ''));
  return mounts
    .filter(({ type, place }) => type.startsWith('cgroup') && folders.some((f) => `${place}/`.startsWith(`${f}/`)))
    .map(({ place }) => place);
}

interface MountOfProcess {
  root: string;
  place: string;
  type: string;
}

/** /proc/PID/mountinfo (proc(5)). */
function mountsOf(pid: number): MountOfProcess[] {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [fields = '', rest = ''] = line.split(' - ');
    const [, , , root = '', place = ''] = fields.split(' ');
    return { root: plain(root), place: plain(place), type: rest.split(' ')[0] ?? '' };
  });
}

/** Spaces and their like stand there as octal numbers. */
function plain(name: string): string {
  return name.replaceAll(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
