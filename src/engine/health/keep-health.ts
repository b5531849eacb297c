import { existsSync, watch } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openContext } from '../engine-context.ts';
import { isAlive } from '../process-identity.ts';
import { ContainerWatches } from './container-watches.ts';

/** Milliseconds; a file system may not tell of changes, and a process that dies writes nothing. */
const LOOK_AGAIN = 5000;
/** A change seldom comes alone. */
const SETTLE = 20;

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
  using changes = new Changes(file);
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

/** Tells when somebody has written to the database. */
class Changes implements Disposable {
  readonly #watcher;
  #changed = Promise.withResolvers<void>();

  constructor(file: string) {
    // The folder: SQLite makes its files anew.
    this.#watcher = watch(join(file, '..'), (_, name) => {
      if (name?.startsWith(basename(file))) this.#changed.resolve();
    });
    // A removed folder is seen by who looks for the file.
    this.#watcher.on('error', () => undefined);
  }

  async next(): Promise<void> {
    const end = new AbortController();
    await Promise.race([
      this.#changed.promise,
      sleep(LOOK_AGAIN, undefined, { signal: end.signal }).catch(() => undefined),
    ]);
    end.abort();
    await sleep(SETTLE);
    this.#changed = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}
