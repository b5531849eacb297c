import type { ContainerExit } from '../spec/index.ts';
import { containerCgroup } from './container-cgroup.ts';
import { discardContainer } from './discard-container.ts';
import { disconnect } from './disconnect.ts';
import type { EngineContext } from './engine-context.ts';
import type { ContainerRecord } from './store.ts';

/** Records an end, or removes the container where that was asked for. */
export async function recordEnd(
  context: EngineContext,
  record: ContainerRecord,
  end: { exitCode: number; finished: number },
): Promise<ContainerExit> {
  const { state } = record;
  const cgroup = containerCgroup(state);
  const exit = { ...end, oomKilled: cgroup.oomKilled() };
  await cgroup.remove();
  await disconnect(context, state);
  Object.assign(state, exit, { status: 'exited', pid: 0 });
  if (state.config.autoRemove) await discardContainer(context, record);
  else context.store.save(record);
  return exit;
}
