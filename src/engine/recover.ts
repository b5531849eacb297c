import type { EngineContext } from './engine-context.ts';
import { recoverMounts } from './images/image-mounts.ts';
import { isAlive } from './process-identity.ts';
import { refreshRecord } from './refresh-record.ts';
import { settle } from './settle.ts';
import { recoverVolumes } from './volumes/volumes.ts';

/** Undoes what somebody left who died between acquiring and recording, and records what ended meanwhile. */
export async function recover(context: EngineContext): Promise<void> {
  for (const { state } of context.store.all()) await recoverContainer(context, state.id);
  await recoverVolumes(context);
  await recoverMounts(context);
}

/** The same for one container. What somebody else is at is left to them; one that has gone is no error. */
export async function recoverContainer(context: EngineContext, id: string): Promise<void> {
  const record = context.store.get(id);
  if (record?.phase === 'ready') await refreshRecord(context, record);
  else if (record && !isAlive(record.owner)) await settle(context, record);
}
