import { setTimeout as sleep } from 'node:timers/promises';
import { type ExitFile, openExit } from '../runtime/index.ts';
import type { ContainerExit } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';
import { exitOf } from './exit-of.ts';
import { isAlive } from './process-identity.ts';
import { refreshRecord } from './refresh-record.ts';
import { settle } from './settle.ts';
import type { ContainerRecord } from './store.ts';

/** Resolves at the end of the container, whoever started it. */
export async function waitContainer(context: EngineContext, reference: string): Promise<ContainerExit> {
  const record = context.store.find(reference);
  // Held from here on: with `--rm` somebody else may remove the folder as soon as the container has ended.
  using file = openExit(record.state.folder);
  return await waitForEnd(context, record, file);
}

/** The same for a record that was read before its container ended, with the exit file opened then. */
export async function waitForEnd(
  context: EngineContext,
  record: ContainerRecord,
  file: ExitFile | undefined,
): Promise<ContainerExit> {
  if (record.phase !== 'ready') await settle(context, record);
  if (record.phase === 'ready') await waitUntil(record, undefined);
  return exitOf((await refreshRecord(context, record, file)).state);
}

/** Was it over before `deadline`? */
export async function waitUntil(record: ContainerRecord, deadline: number | undefined): Promise<boolean> {
  for (let pause = 5; isAlive(record.owner); pause = Math.min(100, pause * 2)) {
    if (deadline !== undefined && Date.now() >= deadline) return false;
    await sleep(deadline === undefined ? pause : Math.min(pause, Math.max(1, deadline - Date.now())));
  }
  return true;
}
