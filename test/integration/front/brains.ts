import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The front as it is installed. */
export const FRONT = new URL('../../../build/keelson-runtime', import.meta.url).pathname;

/** A place for brains of one test alone. */
export interface Brains extends AsyncDisposable {
  folder: string;
  /** For fronts that shall use it. */
  env: Readonly<Record<string, string>>;
  /** Of the brains that are there. */
  pids(): number[];
  /** Waits until so many are there, and until they listen where one does. */
  settled(count: number): Promise<number[]>;
}

export function openBrains(idle = '5m'): Brains {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-brains-'));
  const pids = () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && belongs(name, folder))
      .map(Number);
  const settled = async (count: number) => {
    for (let tries = 0; tries < 400; tries++, await sleep(25)) {
      const found = pids();
      if (found.length === count) return found;
    }
    throw new Error(`${pids().length} brains and not ${count}`);
  };
  return {
    folder,
    env: { KEELSON_RUNTIME_BRAIN: folder, KEELSON_RUNTIME_IDLE: idle },
    pids,
    settled,
    async [Symbol.asyncDispose]() {
      for (const pid of pids()) process.kill(pid, 'SIGTERM');
      await settled(0);
      // no-mount-below: sockets alone
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Brains are told their socket; the script that starts Node has the same arguments. */
function belongs(pid: string, folder: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.some((word) => word.startsWith(`${folder}/brain-`));
  } catch {
    return false;
  }
}
