// host-path: resctrl is a file system of the kernel, on the host, below which no container writes
import { existsSync, readFileSync, rmdirSync } from 'node:fs';
import type { RdtHost } from './plan-rdt.ts';

/** What this host says. */
export function rdtHost(): RdtHost {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  const mountPoint = /^\d+ \d+ \S+ \S+ (\S+) .* - resctrl /m.exec(mounts)?.[1];
  return { mountPoint, exists: existsSync, read: (path) => readFileSync(path, 'utf8') };
}

/** Removes groups that were made for a container, as far as they are there; tasks in them fall back to the group above. */
export function removeRdtGroups(created: readonly string[]): void {
  for (const path of [...created].reverse()) {
    if (existsSync(path)) rmdirSync(path);
  }
}
