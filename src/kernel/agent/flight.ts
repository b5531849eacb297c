import type { Call } from '../call.ts';
import type { Heeded } from '../heeded-promise.ts';
import { HeededPromise } from '../heeded-promise.ts';
import type { QueuedCall } from './batch-writer.ts';

/** Calls that do not come back when all goes well: the process runs another program, or none. */
const LEAVES = new Set<Call['name']>(['execve', 'execveat', 'exit', 'exit_group', 'init']);

/** A batch that was sent. */
export class Flight {
  readonly sequence: number;
  readonly calls: readonly QueuedCall[];
  readonly apart: boolean;
  readonly done: Heeded<void> = HeededPromise.make<void>();
  /** Calls whose answers are here. */
  settled = 0;
  /** The agent said that it has come as far as `settled`. */
  announced = false;
  /** How it ended. */
  result: 'open' | 'made' | Error = 'open';

  constructor(calls: readonly QueuedCall[], options: { sequence: number; apart: boolean }) {
    this.calls = calls;
    this.sequence = options.sequence;
    this.apart = options.apart;
  }

  /** Will the process, when all goes well, run another program or none after this? */
  get leaves(): boolean {
    return this.calls.some(({ call }) => LEAVES.has(call.name));
  }

  /** The channel closes: was that what the next call was to do? */
  get hasLeft(): boolean {
    const next = this.calls[this.settled];
    return this.announced && next !== undefined && LEAVES.has(next.call.name);
  }

  succeed(): void {
    this.result = 'made';
    this.done.resolve();
  }

  /** All calls without an answer fail. */
  fail(error: Error): void {
    this.result = error;
    for (const { pending } of this.calls.slice(this.settled)) pending.fail(error);
    this.done.reject(error);
  }
}
