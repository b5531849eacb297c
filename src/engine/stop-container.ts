import { openExit, signalNumber } from '../runtime/index.ts';
import type { ContainerExit } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';
import { signalContainer } from './kill-container.ts';
import { refreshRecord } from './refresh-record.ts';
import { waitForEnd, waitUntil } from './wait-container.ts';

const SECOND = 1000;
const DEFAULT_STOP_TIMEOUT = 10;

/** Asks with the stop signal, kills after `timeout` seconds (negative: never), and tells how it ended. */
export async function stopContainer(
  context: EngineContext,
  reference: string,
  timeout?: number,
): Promise<ContainerExit> {
  const record = await refreshRecord(context, context.store.find(reference));
  const { config, folder, status } = record.state;
  using file = openExit(folder);
  if (status !== 'running') return await waitForEnd(context, record, file);
  await signalContainer(record, signalNumber(config.stopSignal ?? 'TERM'));
  const seconds = timeout ?? config.stopTimeout ?? DEFAULT_STOP_TIMEOUT;
  const ended = await waitUntil(record, seconds < 0 ? undefined : Date.now() + seconds * SECOND);
  if (!ended) await signalContainer(record, 9);
  return await waitForEnd(context, record, file);
}
