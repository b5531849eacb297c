import { readdirSync, readFileSync } from 'node:fs';

/** Numbers of all processes, as text. */
export const pidsThere = () => namesIn('/proc').filter((name) => /^\d+$/.test(name));

/** What a process was started with; '' for a thread of the kernel or a zombie. */
export const commandOf = (pid: number | string) => textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');

/** Of what is in a folder; none for one that is not there (any more). */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** '' for a file that is not there (any more). */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export const linesOf = (path: string) => textOf(path).split('\n');
