import type { Call, Step } from './call.ts';
import type { Outcome, Pending, Value } from './value.ts';

/** What a call that was made looked like; `--explain` is made of these. */
export interface TracedCall {
  /** Which process made it: `runtime`, `init`. */
  process: string;
  call: Call;
  /** Return value, or the negative errno; undefined in a dry run. */
  value: number | undefined;
  /** Nanoseconds of CLOCK_MONOTONIC at the start, and how long it took; undefined in a dry run. */
  start: bigint | undefined;
  duration: bigint | undefined;
}

export type Tracer = (traced: TracedCall) => void;

/** A process in which calls are made, in the order in which they are issued. */
export abstract class CallIssuer {
  #step: Step | undefined;

  /** What the calls from here on are for; shown by `--explain` and named in errors. */
  step(heading: string, title: string, because?: string): void {
    this.#step = { heading, title, because };
  }

  get currentStep(): Step | undefined {
    return this.#step;
  }

  /** Queues a call; `decode` turns its outcome into what the caller gets. */
  abstract issue<T>(call: Call, decode: (outcome: Outcome) => T): Pending<T>;

  /** Resolves when the call behind `pending` was made; sends what is queued. */
  abstract settled(pending: Pending<unknown>): Promise<Outcome>;

  /** Sends everything queued, as one batch; resolves when all of it was made, rejects with the `SyscallError` that stopped it. */
  abstract flush(): Promise<void>;

  /** Queues a call whose answer is a number. */
  protected number(call: Call): Value {
    return this.issue(call, (outcome) => outcome.value);
  }
}
