import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openContext } from '../engine-context.ts';
import { isAlive } from '../process-identity.ts';
import { ContainerWatches } from './container-watches.ts';
import { FileChanges } from './file-changes.ts';

/** Milliseconds; a process that dies writes nothing. */
const LOOK_AGAIN = 5000;

/**
 * Runs the health checks of all containers of a data root that nobody else looks after, until there is none. Where another
 * process does that already, or there is no data root, it returns at once.
 */
export async function keepHealth(root: string): Promise<void> {
  const file = join(root, 'db.sqlite');
  // A data root that was removed must not come back.
  if (!existsSync(file)) return;
  const context = openContext(root);
  using store = context.store;
  const before = store.health.keeper();
  // Who started it may have given it the place.
  if (before !== context.self && (isAlive(before) || !store.health.claimKeeper(before, context.self))) return;
  await using watches = new ContainerWatches(context);
  using changes = new FileChanges(file, LOOK_AGAIN);
  do {
    attempt(() => watches.takeOver());
    await changes.next();
  } while (existsSync(file) && !attempt(() => store.health.retireKeeper(context.self, () => watches.isNeeded())));
}

/** A full disk may have room again. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
