import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { eventually } from './eventually.ts';

/** Where it listens, in the lane's own /run. */
const PLACE = '/run/keelson-runtime-brain';

/** The processes that decide for keelson-runtime and stay, as far as the lane's process namespace shows them. */
export function residentBrains(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandOf(name).includes(`keelson-brain.cjs ${PLACE}/`))
    .map(Number);
}

/** Fails unless one stays, which keeps nothing of the engine that called it. It is then asked to go, and has to. */
export async function retireBrain(): Promise<void> {
  const [pid = 0] = await eventually(
    async () => residentBrains(),
    (pids) => pids.length === 1,
  );
  const cgroups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  assert.deepEqual(
    cgroups.filter((line) => !line.endsWith(':/')),
    [],
    'an engine removes its cgroups, and ends who is there',
  );
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/');
  process.kill(pid, 'SIGTERM');
  await eventually(
    async () => residentBrains(),
    (pids) => pids.length === 0,
  );
  assert.deepEqual(readdirSync(PLACE), []);
}

/** Between two commands nobody needs them: the next one starts another. */
export function killBrains(): void {
  for (const pid of residentBrains()) process.kill(pid, 'SIGKILL');
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it has gone
  }
}
