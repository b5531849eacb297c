import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcesses } from '../runtime/index.ts';

/**
 * Ends the processes that were starting a container for an engine that died, and waits until they are gone: calls that
 * were sent to them before it died are still being made, and would make again what is about to be taken away.
 * @param folder the container's, in which they work
 */
export async function endStarters(folder: string): Promise<void> {
  // Somebody's shell may stand in the folder too.
  const works = (pid: number) =>
    linkOf(pid, 'cwd') === folder && /\/keelson-agent[^/]*$/.test(linkOf(pid, 'exe') ?? '');
  for (let pause = 1; ; pause = Math.min(50, pause * 2)) {
    const pids = readdirSync('/proc').map(Number).filter(works);
    if (pids.length === 0) return;
    await signalProcesses(pids, 9, works);
    await sleep(pause);
  }
}

/** Undefined for what is no process any more, or not ours to look at. */
function linkOf(pid: number, name: 'cwd' | 'exe'): string | undefined {
  if (!Number.isInteger(pid)) return undefined;
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return undefined;
  }
}
