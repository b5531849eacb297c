import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bundle } from './bundle.ts';

/** Shared pages are divided by the number of those who share them, so one container alone would look too dear. */
const CONTAINERS = 10;

/** What keeps idle detached containers costs, in KiB a container: PSS of every process of ours, the programs left out. */
export function measureIdleMemory(bundle: Bundle): { kibibytes: number; processes: number } {
  const keelson = (...args: string[]) =>
    execFileSync(fileURLToPath(new URL('../bin/keelson', import.meta.url)), args, {
      env: { ...process.env, KEELSON_ROOT: join(bundle.folder, 'data') },
    })
      .toString()
      .trim();
  const before = new Set(processes());
  const ids: string[] = [];
  try {
    for (let i = 0; i < CONTAINERS; i++)
      ids.push(keelson('run', '-d', '--network', 'none', 'busybox', 'sleep', '1000'));
    const ours = processes().filter((pid) => !before.has(pid) && isOurs(pid, bundle.folder));
    const total = ours.reduce((sum, pid) => sum + proportionalSize(pid), 0);
    return { kibibytes: total / CONTAINERS, processes: ours.length / CONTAINERS };
  } finally {
    if (ids.length > 0) keelson('rm', '--force', ...ids);
  }
}

function processes(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/**
 * Everything that appeared and has to do with the data root: by its working folder or a file that it has open. The
 * containers' own `sleep` has neither, and what others start on the machine meanwhile is not counted.
 */
function isOurs(pid: number, folder: string): boolean {
  try {
    const links = [`/proc/${pid}/cwd`, ...readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`)];
    return links.some((link) => readlinkSync(link).startsWith(folder));
  } catch {
    return false; // it has just gone
  }
}

/** KiB of smaps_rollup. */
function proportionalSize(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** Empty for a process that has just gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
