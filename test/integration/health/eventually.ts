import { setTimeout as sleep } from 'node:timers/promises';

/** What `look` finds once it finds something. A loaded machine takes its time. */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined> | Found | undefined,
): Promise<Found> {
  for (let tries = 0; tries < 1000; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(20);
  }
  throw new Error(`${what}: not within twenty seconds`);
}
