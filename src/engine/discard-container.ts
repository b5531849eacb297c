import type { EngineContext } from './engine-context.ts';
import { finish, isBusy, settle } from './settle.ts';
import type { ContainerRecord } from './store.ts';

/** Removes everything of a container; returns when it has gone, whoever did it. */
export async function discardContainer(context: EngineContext, record: ContainerRecord): Promise<void> {
  // Our own start that failed is in the journal already. Writing there again would fail on the full disk it failed for.
  if (record.phase === 'creating' && record.owner === context.self) {
    record.phase = 'removing';
    return finish(context, record, true);
  }
  do {
    const unfinished = record.phase !== 'ready';
    if (!isBusy(record) && context.store.claim(record, { phase: 'removing', owner: context.self })) {
      return finish(context, record, unfinished);
    }
  } while (await settle(context, record));
}
