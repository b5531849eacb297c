import { readFileSync, readlinkSync, statSync } from 'node:fs';

const NAMESPACES = ['mnt', 'user', 'pid', 'cgroup'];
/** What of /proc/PID/status (proc(5)) decides what a process may do, and what its files may be done with. */
const RIGHTS = ['Uid', 'Gid', 'Groups', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp', 'Umask'];

/**
 * What must be the same in two processes for a path to mean the same to both, and for one to do nothing that the other
 * could not: root folder, namespaces, ids, capabilities, security label. By what it is called.
 */
export function surroundingsOf(pid: number | 'self'): ReadonlyMap<string, string> {
  const folder = `/proc/${pid}`;
  const { dev, ino } = statSync(`${folder}/root`);
  const status = readFileSync(`${folder}/status`, 'latin1').split('\n');
  const rights = RIGHTS.map((name): [string, string] => [
    name,
    status.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1) ?? '',
  ]);
  return new Map([
    ...NAMESPACES.map((name): [string, string] => [`${name} namespace`, readlinkSync(`${folder}/ns/${name}`)]),
    ...rights,
    ['root folder', `${dev} ${ino}`],
    ['security label', labelOf(folder)],
  ]);
}

let hasLabels: boolean | undefined;

/** Empty where the kernel has no security module that names one, which the kernel decides when it starts. */
function labelOf(folder: string): string {
  hasLabels ??= readLabel('/proc/self') !== '';
  return hasLabels ? readLabel(folder) : '';
}

function readLabel(folder: string): string {
  try {
    return readFileSync(`${folder}/attr/current`, 'latin1');
  } catch {
    return '';
  }
}

/** The first thing in which they differ. */
export function firstDifference(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string | undefined {
  return [...a].find(([name, value]) => b.get(name) !== value)?.[0];
}
