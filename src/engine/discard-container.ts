import { rmSync } from 'node:fs';
import { signalProcesses } from '../runtime/index.ts';
import { containerCgroup } from './container-cgroup.ts';
import { disconnect } from './disconnect.ts';
import { endStarters } from './end-starters.ts';
import type { EngineContext } from './engine-context.ts';
import type { ContainerRecord } from './store.ts';

/** Removes everything of a container, also what an unfinished start left: all of it follows from the id. */
export async function discardContainer(context: EngineContext, record: ContainerRecord): Promise<void> {
  const { state } = record;
  const unfinished = record.phase !== 'ready';
  // Our own start that failed is in the journal already. Writing there again would fail on the full disk it failed for.
  if (!unfinished || record.owner !== context.self) {
    record.phase = 'removing';
    record.owner = context.self;
    context.store.save(record);
  }
  const cgroup = containerCgroup(state);
  if (unfinished) await endStarters(state.folder);
  const inside = new Set(cgroup.pids());
  await signalProcesses([...inside], 9, (pid) => cgroup.pids().includes(pid));
  await cgroup.remove();
  await disconnect(context, state);
  await context.images.snapshotter.remove(state.id);
  // no-mount-below: the overlay lived in the container's own mount namespace, gone with its processes
  rmSync(state.folder, { recursive: true, force: true });
  context.store.delete(state.id);
}
