import { signalNumber, signalProcesses } from '../runtime/index.ts';
import type { EngineContext } from './engine-context.ts';
import { isAlive } from './process-identity.ts';
import { refreshRecord } from './refresh-record.ts';
import { requireRunning } from './require-running.ts';
import type { ContainerRecord } from './store.ts';

/** Sends `signal`, a name or number, to the first process of a running container. */
export async function killContainer(
  context: EngineContext,
  reference: string,
  signal: string | number = 'KILL',
): Promise<void> {
  const number = signalNumber(signal);
  const record = requireRunning(await refreshRecord(context, context.store.find(reference)));
  await signalContainer(record, number);
}

export function signalContainer({ state, owner }: ContainerRecord, signal: number): Promise<void> {
  return signalProcesses([state.pid], signal, () => isAlive(owner));
}
