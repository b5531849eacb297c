import type { ExitEvent } from '../exit-event.ts';
import type { Heeded } from '../heeded-promise.ts';
import { HeededPromise } from '../heeded-promise.ts';
import type { Value } from '../value.ts';

interface Waiting extends Heeded<ExitEvent> {
  release: (() => void) | undefined;
}

/** Who waits for which exit. An event can come before the number of its watch is known, and before anybody asks. */
export class ExitWatches {
  readonly #waiting = new Map<number, Waiting>();
  readonly #early = new Map<number, ExitEvent>();
  readonly #send: () => void;

  /** `send`: who waits for an exit wants the watch to be set. */
  constructor(send: () => void) {
    this.#send = send;
  }

  /** For a watch that was just issued; `release` is called when its exit was told. */
  add(id: Value, release: (() => void) | undefined): Promise<ExitEvent> {
    const waiting: Waiting = { ...HeededPromise.make<ExitEvent>(this.#send), release };
    id.onSettled(() => {
      if (id.failure) waiting.reject(id.failure);
      else if (id.outcome) this.#wait(id.outcome.value, waiting);
    });
    return waiting.promise;
  }

  /** For a watch that was set over another channel. `gone`: why nothing can come any more. */
  of(id: number, gone: Error | undefined): Promise<ExitEvent> {
    const existing = this.#waiting.get(id);
    if (existing) return existing.promise;
    const waiting: Waiting = { ...HeededPromise.make<ExitEvent>(), release: undefined };
    if (gone && !this.#early.has(id)) waiting.reject(gone);
    else this.#wait(id, waiting);
    return waiting.promise;
  }

  #wait(id: number, waiting: Waiting): void {
    const event = this.#early.get(id);
    this.#waiting.set(id, waiting);
    if (event) this.tell(id, event);
  }

  tell(id: number, event: ExitEvent): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (!waiting) {
      this.#early.set(id, event);
      return;
    }
    this.#early.delete(id);
    waiting.release?.();
    waiting.resolve(event);
  }

  lose(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
