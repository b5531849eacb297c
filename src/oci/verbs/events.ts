import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError, parseDuration } from '../../base/index.ts';
import type { Command } from '../command.ts';
import { containerCgroup } from '../container-cgroup.ts';
import { isAlive } from '../container-status.ts';
import { findContainer } from '../find-container.ts';
import { statsData } from '../stats-data.ts';

/** Milliseconds between two looks for memory that ran out. */
const LOOK = 200;

/** Tells what a container uses, once or from time to time, and when memory ran out. A line of JSON each. */
export const events: Command = {
  flags: { interval: { value: true }, stats: {} },
  args: { least: 1, most: 1 },
  usage: 'events [command options] <container-id>',
  purpose: 'display container events such as OOM notifications, cpu, memory, and IO usage statistics',
  async run(call) {
    const { context, flags } = call;
    const { state, status } = findContainer(call);
    if (status === 'stopped') {
      throw new KeelsonError('conflict', `container with id ${state.id} is not running`, { code: 'CONTAINER_STATE' });
    }
    const cgroup = containerCgroup(state);
    const tell = (type: string, data?: unknown) =>
      context.print(`${JSON.stringify({ type, id: state.id, ...(data === undefined ? {} : { data }) })}\n`);
    if (flags.on('stats')) {
      tell('stats', statsData(cgroup.stats()));
      return 0;
    }
    const interval = parseDuration(flags.value('interval') ?? '5s');
    let kills = cgroup.stats().memory?.oomKills ?? 0;
    for (let next = Date.now() + interval, alive = true; alive; ) {
      await sleep(Math.min(interval, LOOK));
      // Looked at once more when it has ended: it may be of that.
      alive = isAlive(state);
      const now = cgroup.stats();
      if ((now.memory?.oomKills ?? 0) > kills) tell('oom');
      kills = now.memory?.oomKills ?? kills;
      if (!alive || Date.now() < next) continue;
      tell('stats', statsData(now));
      next += interval;
    }
    return 0;
  },
};
