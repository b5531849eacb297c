import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds: a change seldom comes alone. */
const SETTLE = 20;

/** Tells when somebody has written to a file, or to one whose name begins like it: SQLite has several, and makes them anew. */
export class FileChanges implements Disposable {
  readonly #watcher: FSWatcher | undefined;
  readonly #longest: number;
  #changed = Promise.withResolvers<void>();

  /** `longest`: milliseconds after which it may have changed all the same. A host may have no more inotify(7) to give. */
  constructor(file: string, longest: number) {
    this.#longest = longest;
    try {
      this.#watcher = watch(dirname(file), (_, name) => {
        if (name?.startsWith(basename(file))) this.#changed.resolve();
      });
      this.#watcher.on('error', () => undefined);
    } catch {
      this.#watcher = undefined;
    }
  }

  /** Resolves at the next change, or at one since the last call resolved. */
  async next(): Promise<void> {
    const end = new AbortController();
    const late = sleep(this.#longest, undefined, { signal: end.signal }).catch(() => undefined);
    await Promise.race([this.#changed.promise, late]);
    end.abort();
    await sleep(SETTLE);
    this.#changed = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }
}
