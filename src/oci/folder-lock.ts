import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../base/index.ts';
import { errorCode } from './error-code.ts';
import { processStart } from './process-start.ts';
import type { StateFolder } from './state-folder.ts';

/**
 * One command at a time changes a container. The lock is a link whose text names its holder, so that one who was killed
 * holds nobody up: it is there with its text at once, or not at all. Node has no flock(2).
 */
export async function lockFolder(folder: StateFolder, pid: number): Promise<Disposable> {
  const path = join(folder.path, 'lock');
  const holder = `${pid} ${processStart(pid)}`;
  try {
    while (!tryLink(holder, path)) {
      if (breakAbandoned(path, `${path}.${pid}`)) continue;
      await sleep(3);
      // Nobody waits for the answer of a caller that was ended.
      if (processStart(pid) === undefined)
        throw new KeelsonError('cancelled', 'the caller has gone', { code: 'CALLER_GONE' });
    }
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause;
    throw new KeelsonError('not-found', 'container does not exist', { code: 'CONTAINER_UNKNOWN', cause });
  }
  return {
    [Symbol.dispose]() {
      // A container that has gone took the lock with it, and there may be another one of its name.
      if (holderOf(path) === holder) rmSync(path, { force: true });
    },
  };
}

/** Is it this process that holds the lock? */
export function isLockedBy(folder: StateFolder, pid: number): boolean {
  return holderOf(join(folder.path, 'lock')) === `${pid} ${processStart(pid)}`;
}

function tryLink(holder: string, path: string): boolean {
  try {
    symlinkSync(holder, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moved away first: of two that find the same dead holder one alone may go on to take the lock off. */
function breakAbandoned(path: string, aside: string): boolean {
  const holder = holderOf(path);
  if (holder === undefined || isAlive(holder)) return false;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const moved = holderOf(aside);
  if (moved !== undefined && isAlive(moved)) tryLink(moved, path);
  rmSync(aside, { force: true });
  return true;
}

function holderOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function isAlive(holder: string): boolean {
  const [pid, start] = holder.split(' ').map(Number);
  return pid !== undefined && processStart(pid) === start;
}
