import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

let counter = 0;

/**
 * A folder for files that are not whole yet. Their names tell the process that writes them, so that what a killed one
 * left can be told from what is being written.
 */
export class TemporaryFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The path of a new file, not made yet; the folder must be there. */
  next(): string {
    counter += 1;
    return join(this.folder, `${process.pid}-${startTime(process.pid)}-${counter}`);
  }

  /** Removes what processes left that are no more. */
  sweep(): void {
    for (const name of readdirSync(this.folder)) {
      // The folder may hold whole files too, named by a digest.
      if (/^[0-9a-f]{64,}$/.test(name)) continue;
      const [pid = '', start] = name.split('-');
      const isWritten = start !== undefined && startTime(Number(pid)) === start;
      if (!isWritten) rmSync(join(this.folder, name), { force: true });
    }
  }
}

/** When a process started, in clock ticks since boot (field 22 of /proc/PID/stat); a pid alone may have been given again. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
