import type { ContainerState } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';
import { withHealth } from './health/with-health.ts';
import { refreshRecord } from './refresh-record.ts';

/** The running containers of this data root, or `all` of them. */
export async function listContainers(
  context: EngineContext,
  options: { all?: boolean } = {},
): Promise<ContainerState[]> {
  const records = await Promise.all(context.store.all().map((record) => refreshRecord(context, record)));
  const states = records.map((r) => r.state).filter((s) => options.all || s.status === 'running');
  return states.map((state) => withHealth(context, state));
}

export async function inspectContainer(context: EngineContext, reference: string): Promise<ContainerState> {
  return withHealth(context, (await refreshRecord(context, context.store.find(reference))).state);
}
