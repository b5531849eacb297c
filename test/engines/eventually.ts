import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until the answer is good. */
export async function eventually<T>(ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  for (const since = Date.now(); ; await sleep(50)) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    if (Date.now() - since > 120_000) throw new Error(`still ${JSON.stringify(answer)}`);
  }
}
