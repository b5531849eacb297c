import { parseMountOptions } from '../../mount-options.ts';
import type { Problem } from '../../schema/problem.ts';
import { shown } from '../../schema/scalars.ts';
import { CAPABILITY_NAMES } from '../capabilities.ts';
import type { Process } from '../process.ts';
import type { RuntimeSpec } from '../runtime-spec.ts';
import type { Check } from './check.ts';

const KNOWN: ReadonlySet<string> = new Set(CAPABILITY_NAMES);

/** config.md demands a warning, and no error, for what cannot be granted. */
function* unknownCapabilities({ capabilities = {} }: Process): Generator<Problem> {
  for (const [set, names] of Object.entries(capabilities)) {
    for (const name of new Set<string>(names)) {
      if (!KNOWN.has(name))
        yield { path: `capabilities.${set}`, message: `has ${shown(name)}, which is not known and left out` };
    }
  }
}

/** The kernel grants none of these (capabilities(7)): the sets depend on each other. */
function* capabilitiesWithoutEffect({ capabilities = {} }: Process): Generator<Problem> {
  const { permitted = [], effective = [], inheritable = [], ambient = [] } = capabilities;
  const outside = (set: readonly string[], limit: readonly string[]) => set.filter((name) => !limit.includes(name));
  const dead = outside(effective, permitted);
  if (dead.length > 0) {
    yield { path: 'capabilities.effective', message: `has ${shown(dead.join(', '))}, which permitted lacks` };
  }
  const lost = outside(
    ambient,
    permitted.filter((name) => inheritable.includes(name)),
  );
  if (lost.length > 0) {
    const message = `has ${shown(lost.join(', '))}, which permitted or inheritable lacks, so it has no effect`;
    yield { path: 'capabilities.ambient', message };
  }
}

/** For a process alone; paths start at it. */
export const processWarnings: readonly Check<Process>[] = [unknownCapabilities, capabilitiesWithoutEffect];

/** Allowed for the sake of old tools, and counted from `/`. */
function* relativeDestinations({ mounts = [] }: RuntimeSpec): Generator<Problem> {
  for (const [i, { destination }] of mounts.entries()) {
    if (destination.startsWith('/')) continue;
    yield { path: `mounts[${i}].destination`, message: `${shown(destination)} is relative, which is deprecated` };
  }
}

function* mountOptions({ mounts = [] }: RuntimeSpec): Generator<Problem> {
  for (const [i, mount] of mounts.entries()) {
    const path = `mounts[${i}].options`;
    const { conflicts, bind, data, idmap } = parseMountOptions(mount.options ?? []);
    for (const { first, second } of conflicts) yield { path, message: `${shown(second)} overrides ${shown(first)}` };
    if (bind !== 'none' && data.length > 0) {
      yield { path, message: `${shown(data.join(','))} is for a file system, and so without effect on a bind mount` };
    }
    if (idmap === 'none' && (mount.uidMappings?.length ?? 0) > 0) {
      yield { path, message: "should have 'idmap', so that a runtime that knows no mappings refuses the mount" };
    }
  }
}

function* ignoredFields({ linux = {} }: RuntimeSpec): Generator<Problem> {
  const { memory = {} } = linux.resources ?? {};
  for (const field of ['kernel', 'kernelTCP'] as const) {
    if (memory[field] !== undefined) {
      yield { path: `linux.resources.memory.${field}`, message: 'is ignored: Linux dropped such limits in 5.4' };
    }
  }
  if (linux.personality?.flags?.length)
    yield { path: 'linux.personality.flags', message: 'is ignored: none is defined' };
}

/** The same device twice is a SHOULD NOT of config-linux.md. */
function* repeatedDevices({ linux = {} }: RuntimeSpec): Generator<Problem> {
  const seen = new Map<string, string>();
  for (const [i, { type, major, minor, path }] of (linux.devices ?? []).entries()) {
    if (type === 'p') continue;
    const key = `${type} ${major}:${minor}`;
    const other = seen.get(key);
    if (other !== undefined) yield { path: `linux.devices[${i}]`, message: `${path} is the same device as ${other}` };
    seen.set(key, path);
  }
}

function* prestartHooks({ hooks = {} }: RuntimeSpec): Generator<Problem> {
  if (!hooks.prestart?.length) return;
  yield { path: 'hooks.prestart', message: 'is deprecated', hint: 'use createRuntime' };
}

/** What is allowed and worth a line in the log. */
export const warningChecks: readonly Check<RuntimeSpec>[] = [
  relativeDestinations,
  mountOptions,
  ignoredFields,
  repeatedDevices,
  prestartHooks,
];
