import { setTimeout as sleep } from 'node:timers/promises';
import { readExit } from '../runtime/index.ts';
import type { ContainerExit } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';
import { exitOf } from './exit-of.ts';
import { isAlive } from './process-identity.ts';
import { refreshRecord } from './refresh-record.ts';
import type { ContainerRecord } from './store.ts';

/** Resolves at the end of the container, whoever started it. */
export async function waitContainer(context: EngineContext, reference: string): Promise<ContainerExit> {
  const record = context.store.find(reference);
  await waitUntil(record, undefined);
  // The monitor writes the status a moment after the process has gone.
  for (let tries = 0; record.state.status === 'running' && !readExit(record.state.folder) && tries < 100; tries++)
    await sleep(5);
  return exitOf((await refreshRecord(context, record)).state);
}

/** Was it over before `deadline`? */
export async function waitUntil(record: ContainerRecord, deadline: number | undefined): Promise<boolean> {
  for (let pause = 5; isAlive(record.owner); pause = Math.min(100, pause * 2)) {
    if (deadline !== undefined && Date.now() >= deadline) return false;
    await sleep(deadline === undefined ? pause : Math.min(pause, Math.max(1, deadline - Date.now())));
  }
  return true;
}
