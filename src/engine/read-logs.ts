import type { LogQuery } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';
import { readLog } from './log-file.ts';
import { isAlive } from './process-identity.ts';
import { refreshRecord } from './refresh-record.ts';

/** What the container wrote; with `query.follow` until it ends. */
export async function* readLogs(context: EngineContext, reference: string, query: LogQuery = {}) {
  const { state, owner } = await refreshRecord(context, context.store.find(reference));
  yield* readLog(state.logPath, query, () => state.status !== 'running' || !isAlive(owner));
}
