import { KeelsonError } from '../base/index.ts';
import { discardContainer } from './discard-container.ts';
import type { EngineContext } from './engine-context.ts';
import { signalContainer } from './kill-container.ts';
import { refreshRecord } from './refresh-record.ts';
import { waitUntil } from './wait-container.ts';

/** Removes a container that has ended; with `force` it is killed first. */
export async function removeContainer(
  context: EngineContext,
  reference: string,
  options: { force?: boolean; volumes?: boolean } = {},
): Promise<void> {
  const record = await refreshRecord(context, context.store.find(reference));
  if (record.state.status === 'running' && !options.force) {
    throw new KeelsonError('conflict', `container ${record.state.name} is running`, {
      code: 'CONTAINER_RUNNING',
      hint: 'stop it first, or remove it with --force',
    });
  }
  if (record.state.status === 'running') {
    await signalContainer(record, 9);
    await waitUntil(record, undefined);
  }
  // In the record, so that who finishes this after a crash removes them too.
  if (options.volumes) record.state.config = { ...record.state.config, autoRemove: true };
  await discardContainer(context, record);
}
