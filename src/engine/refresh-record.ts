import { setTimeout as sleep } from 'node:timers/promises';
import { type ExitFile, openExit, shellExitCode } from '../runtime/index.ts';
import type { EngineContext } from './engine-context.ts';
import { isAlive } from './process-identity.ts';
import { recordEnd } from './record-end.ts';
import type { ContainerRecord } from './store.ts';

/** The monitor writes the status a moment after the process has gone: how often to look, and the milliseconds between. */
const TRIES = 100;
const INTERVAL = 5;

/**
 * Brings a record up to date with an end that no engine saw; 137 where no status was left.
 * @param held the container's exit file, from when its folder was there for certain
 */
export async function refreshRecord(
  context: EngineContext,
  record: ContainerRecord,
  held?: ExitFile,
): Promise<ContainerRecord> {
  const { state } = record;
  if (record.phase !== 'ready' || state.status !== 'running' || isAlive(record.owner)) return record;
  using own = held ? undefined : openExit(state.folder);
  const file = held ?? own;
  for (let tries = 0; file && !file.read() && tries < TRIES; tries++) await sleep(INTERVAL);
  const event = file?.read();
  const end = event
    ? { exitCode: shellExitCode(event), finished: event.time }
    : { exitCode: 137, finished: Date.now() };
  await recordEnd(context, record, end);
  return record;
}
