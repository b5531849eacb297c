import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from './watch-health.ts';

/** What a timer of Node can hold; a longer one would be over at once. */
const LONGEST = 2 ** 31 - 1;

/** The clock of this host. Nobody's program goes on only because a health check is due. */
export const systemClock: Clock = {
  now: Date.now,
  async sleep(milliseconds, signal) {
    for (let left = milliseconds; left > 0 && !signal.aborted; left -= LONGEST) {
      await wait(Math.min(left, LONGEST), undefined, { ref: false, signal }).catch(() => undefined);
    }
  },
};
