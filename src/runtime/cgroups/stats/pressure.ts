import type { CgroupStats, Pressure, PressureTimes } from './cgroup-stats.ts';
import type { FileReader } from './file-reader.ts';

/** Reads the pressure files of a v2 folder (psi.rst); undefined where the kernel does not measure it. */
export function readPressure(files: FileReader): CgroupStats['pressure'] {
  const found = (['cpu', 'memory', 'io'] as const).flatMap((resource) => {
    const pressure = parsePressure(Object.fromEntries(files.nested(`${resource}.pressure`)));
    return pressure === undefined ? [] : [[resource, pressure] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function parsePressure({ some, full = {} }: Record<string, Record<string, number>>): Pressure | undefined {
  return some && { some: times(some), full: times(full) };
}

function times({ avg10 = 0, avg60 = 0, avg300 = 0, total = 0 }: Record<string, number>): PressureTimes {
  return { avg10, avg60, avg300, total };
}
