import { setTimeout as sleep } from 'node:timers/promises';
import { invalid, KeelsonError, parseDuration } from '../../base/index.ts';
import type { Command } from '../command.ts';
import { containerCgroup } from '../container-cgroup.ts';
import { isAlive } from '../container-status.ts';
import { findContainer } from '../find-container.ts';
import { statsData } from '../stats-data.ts';

/** Milliseconds between two looks at whether memory ran out or the container ended. */
const LOOK = 100;

/** Tells what a container uses, once or from time to time, and when memory ran out. A line of JSON each. */
export const events: Command = {
  flags: { interval: { value: true, form: 'duration' }, stats: {} },
  args: { least: 1, most: 1 },
  usage: 'events [command options] <container-id>',
  purpose: 'display container events such as OOM notifications, cpu, memory, and IO usage statistics',
  async run(call) {
    const { context, flags } = call;
    const { state, status } = findContainer(call);
    if (status === 'stopped') {
      throw new KeelsonError('conflict', `container with id ${state.id} is not running`, { code: 'CONTAINER_STATE' });
    }
    const interval = parseDuration(flags.value('interval') ?? '5s');
    if (interval <= 0) throw invalid('FLAG_INVALID', 'duration interval must be greater than 0');
    const cgroup = containerCgroup(state);
    const tell = (type: string, data?: unknown) =>
      context.print(`${JSON.stringify({ type, id: state.id, ...(data === undefined ? {} : { data }) })}\n`);
    const tellStats = () => tell('stats', statsData(cgroup.stats(), cgroup.countersV1()));
    if (flags.on('stats')) {
      tellStats();
      return 0;
    }
    let kills = cgroup.oomKills();
    for (let due = Date.now() + interval; ; await sleep(Math.min(interval, LOOK))) {
      // Before: what memory ran out for may have been the end of the container.
      const alive = isAlive(state);
      const now = cgroup.oomKills();
      if (now > kills) tell('oom');
      kills = now;
      if (!alive) return 0;
      if (Date.now() < due) continue;
      tellStats();
      due += interval;
    }
  },
};
