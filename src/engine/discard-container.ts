import type { EngineContext } from './engine-context.ts';
import { finish, isBusy, settle } from './settle.ts';
import type { ContainerRecord } from './store.ts';

/** Removes everything of a container; returns when it has gone, whoever did it. */
export async function discardContainer(context: EngineContext, record: ContainerRecord): Promise<void> {
  do {
    const unfinished = record.phase !== 'ready';
    if (!isBusy(record) && context.store.claim(record, { phase: 'removing', owner: context.self })) {
      return finish(context, record, unfinished);
    }
  } while (await settle(context, record));
}
