import type { ContainerExit } from '../spec/index.ts';
import { containerCgroup } from './container-cgroup.ts';
import type { EngineContext } from './engine-context.ts';
import { exitOf } from './exit-of.ts';
import { finish, settle } from './settle.ts';
import type { ContainerRecord } from './store.ts';

/**
 * Records an end, or removes the container where that was asked for. Where several engines see the same end, the first
 * does this and the others wait for it.
 */
export async function recordEnd(
  context: EngineContext,
  record: ContainerRecord,
  end: { exitCode: number; finished: number },
): Promise<ContainerExit> {
  const { state } = record;
  await context.checks.ended(state.id);
  // Before the claim: who wins it removes the cgroup.
  const exit = { ...end, oomKilled: containerCgroup(state).oomKilled() };
  Object.assign(state, exit, { status: 'exited', pid: 0 });
  const phase = state.config.autoRemove ? 'removing' : 'ending';
  if (context.store.claim(record, { phase, owner: context.self })) await finish(context, record);
  else await settle(context, record);
  return exitOf(state);
}
