import { readExit, shellExitCode } from '../runtime/index.ts';
import type { EngineContext } from './engine-context.ts';
import { isAlive } from './process-identity.ts';
import { recordEnd } from './record-end.ts';
import type { ContainerRecord } from './store.ts';

/** Brings a record up to date with an end that no engine saw; 137 where no status was left. */
export async function refreshRecord(context: EngineContext, record: ContainerRecord): Promise<ContainerRecord> {
  const { state } = record;
  if (state.status !== 'running' || isAlive(record.owner)) return record;
  const event = readExit(state.folder);
  const end = event
    ? { exitCode: shellExitCode(event), finished: event.time }
    : { exitCode: 137, finished: Date.now() };
  await recordEnd(context, record, end);
  return record;
}
