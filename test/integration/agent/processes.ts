import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A folder that goes with its scope. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'keelson-agent-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The state letter of proc(5), or undefined when there is no such process. */
export function stateOf(pid: number): string | undefined {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** Is the process there, and no zombie? */
export function runs(pid: number): boolean {
  const state = stateOf(pid);
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** What the descriptors of a process lead to, by number. */
export function descriptorsOf(pid: number): Map<number, string> {
  const numbers = readdirSync(`/proc/${pid}/fd`).map(Number);
  const entries = numbers.map((number) => [number, linkOf(`/proc/${pid}/fd/${number}`)] as const);
  return new Map(entries.filter((entry): entry is [number, string] => entry[1] !== undefined));
}

/** Undefined: closed meanwhile, as the one with which a process reads its own list. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Waits until `condition` holds; fails after `seconds`. */
export async function until(condition: () => boolean, what: string, seconds = 10): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`still not so after ${seconds} s: ${what}`);
    await sleep(5);
  }
}

/** Fails if `work` takes longer than `seconds`: for what must not hang. */
export async function within<T>(seconds: number, what: string, work: PromiseLike<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} takes longer than ${seconds} s`)), seconds * 1000);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
