import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';

/** Who called keelson-runtime, by what the kernel knows of its process. */
export interface Caller {
  pid: number;
  /** Without the program's name. */
  words: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  folder: string;
  uid: number;
  gid: number;
  /** Those that it has open. */
  descriptors: ReadonlySet<number>;
}

/** @throws KeelsonError conflict `CALLER_UNREADABLE` when its working folder has no path, or the process has gone */
export function readCaller(pid: number): Caller {
  const proc = `/proc/${pid}`;
  try {
    const folder = readlinkSync(`${proc}/cwd`);
    const [there, byPath] = [statSync(`${proc}/cwd`), statSync(folder)];
    // Removed, outside the root, or covered by a mount: what is relative to it could not be found by text.
    if (there.dev !== byPath.dev || there.ino !== byPath.ino) throw new TypeError(`${folder} is another folder`);
    const { uid, gid } = statSync(proc);
    return {
      pid,
      words: strings(`${proc}/cmdline`).slice(1),
      env: environmentOf(proc),
      folder,
      uid,
      gid,
      descriptors: new Set(readdirSync(`${proc}/fd`).map(Number)),
    };
  } catch (cause) {
    throw new KeelsonError('conflict', 'the caller cannot be looked at', { code: 'CALLER_UNREADABLE', cause });
  }
}

function environmentOf(proc: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const entry of strings(`${proc}/environ`)) {
    const equals = entry.indexOf('=');
    // The first of two counts, as for getenv(3).
    if (equals > 0) env[entry.slice(0, equals)] ??= entry.slice(equals + 1);
  }
  return env;
}

function strings(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}
