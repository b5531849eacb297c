import { discardContainer } from './discard-container.ts';
import type { EngineContext } from './engine-context.ts';
import { isAlive } from './process-identity.ts';
import { refreshRecord } from './refresh-record.ts';
import { recoverVolumes } from './volumes/volumes.ts';

/** Undoes what somebody left who died between acquiring and recording, and records what ended meanwhile. */
export async function recover(context: EngineContext): Promise<void> {
  for (const record of context.store.all()) {
    if (record.phase !== 'ready' && !isAlive(record.owner)) await discardContainer(context, record);
    else if (record.phase === 'ready') await refreshRecord(context, record);
  }
  await recoverVolumes(context);
}
