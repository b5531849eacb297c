import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds. A loaded machine takes its time. */
const PATIENCE = 60_000;

/** What `look` finds once it finds something. */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined> | Found | undefined,
): Promise<Found> {
  for (const begun = Date.now(); Date.now() - begun < PATIENCE; ) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(20);
  }
  throw new Error(`${what}: not within a minute`);
}
