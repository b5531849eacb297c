import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that goes with its scope. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'keelson-agent-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
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
