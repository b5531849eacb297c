import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every cgroup hierarchy that is mounted here, v1 and v2, by its folder. */
export function cgroupHierarchies(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    return /^cgroup2? /.test(after) ? [before.split(' ')[4] ?? ''] : [];
  });
}

/** Removes a folder that the benchmark made, with what is left below, from every hierarchy. */
export function removeCgroups(name: string): void {
  for (const hierarchy of cgroupHierarchies()) removeBelow(join(hierarchy, name));
}

function removeBelow(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeBelow(join(folder, entry.name));
  }
  rmdirSync(folder);
}
