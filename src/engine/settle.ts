import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcesses } from '../runtime/index.ts';
import { containerCgroup } from './container-cgroup.ts';
import { disconnect } from './disconnect.ts';
import { endStarters } from './end-starters.ts';
import type { EngineContext } from './engine-context.ts';
import { isAlive } from './process-identity.ts';
import { type ContainerRecord, NOBODY } from './store.ts';
import { removeAnonymousVolumes } from './volumes/container-volumes.ts';

/** Is somebody at work who ends or removes the container? Nobody else must do so then. */
export function isBusy({ phase, owner }: ContainerRecord): boolean {
  return (phase === 'ending' || phase === 'removing') && isAlive(owner);
}

/**
 * Waits until whoever ends or removes the container has done so, and does it for one who died. Then `record` is as it is
 * in the store. False: the container has gone, and `record` is what was last known.
 */
export async function settle(context: EngineContext, record: ContainerRecord): Promise<boolean> {
  for (let pause = 1; ; pause = Math.min(50, pause * 2)) {
    const now = context.store.get(record.state.id);
    if (!now) return false;
    Object.assign(record.state, now.state);
    Object.assign(record, { phase: now.phase, owner: now.owner });
    if (record.phase === 'ready') return true;
    if (isAlive(record.owner)) await sleep(pause);
    else {
      const phase = record.phase === 'ending' ? 'ending' : 'removing';
      if (context.store.claim(record, { phase, owner: context.self })) await finish(context, record, true);
    }
  }
}

/**
 * Takes away what a container has that this program has claimed: for good, or what only a running one needs.
 * @param unfinished there may be processes that are still starting it
 */
export async function finish(context: EngineContext, record: ContainerRecord, unfinished = false): Promise<void> {
  try {
    await (record.phase === 'removing' ? removeAll(context, record, unfinished) : releaseAll(context, record));
  } catch (error) {
    // The next one to come tries again, also in this program.
    context.store.claim(record, { phase: record.phase, owner: NOBODY });
    throw error;
  }
}

async function releaseAll(context: EngineContext, record: ContainerRecord): Promise<void> {
  const cgroup = containerCgroup(record.state);
  // Without a pid namespace of its own they outlive its first process: what that left behind, exec and health checks.
  if ((record.state.config.namespaces.pid ?? 'private') !== 'private') await endInside(cgroup);
  await cgroup.remove();
  await disconnect(context, record.state);
  context.store.claim(record, { phase: 'ready', owner: NOBODY });
}

async function endInside(cgroup: ReturnType<typeof containerCgroup>): Promise<void> {
  const inside = new Set(cgroup.pids());
  await signalProcesses([...inside], 9, (pid) => cgroup.pids().includes(pid));
}

/** Also what an unfinished start left: all of it follows from the id. */
async function removeAll(context: EngineContext, { state }: ContainerRecord, unfinished: boolean): Promise<void> {
  const cgroup = containerCgroup(state);
  if (unfinished) await endStarters(state.folder);
  await endInside(cgroup);
  await cgroup.remove();
  await disconnect(context, state);
  await context.images.snapshotter.remove(state.id);
  // no-mount-below: the overlay lived in the container's own mount namespace, gone with its processes
  rmSync(state.folder, { recursive: true, force: true });
  // Before its row, by which they would be found if this program died here.
  if (unfinished || state.config.autoRemove) await removeAnonymousVolumes(context, state);
  context.store.delete(state.id);
}
