import type { Call, Step } from './call.ts';
import type { Outcome, Pending, Value } from './value.ts';

/** What a call that was made looked like; `--explain` is made of these. */
export interface TracedCall {
  /** Which process made it: `runtime`, `init`. */
  process: string;
  call: Call;
  /** The message that brought it to its process: calls of one number travelled together; undefined in a dry run. */
  batch: number | undefined;
  /** Return value, or the negative errno; undefined in a dry run. */
  value: number | undefined;
  /** Nanoseconds of CLOCK_MONOTONIC at the start, and how long it took; undefined in a dry run. */
  start: bigint | undefined;
  duration: bigint | undefined;
}

export type Tracer = (traced: TracedCall) => void;

const numberOf = (outcome: Outcome) => outcome.value;

/** A step whose title is put together when somebody asks, for there are ten thousands of these. */
class NamedStep implements Step {
  readonly heading: string;
  readonly because = undefined;
  readonly #title: (name: string) => string;
  readonly #name: string;

  constructor(heading: string, name: string, title: (name: string) => string) {
    this.heading = heading;
    this.#name = name;
    this.#title = title;
  }

  get title(): string {
    return this.#title(this.#name);
  }
}

/** A process in which calls are made, in the order in which they are issued. */
export abstract class CallIssuer {
  #step: Step | undefined;

  /** What the calls from here on are for; shown by `--explain` and named in errors. */
  step(heading: string, title: string, because?: string): void {
    this.#step = { heading, title, because };
  }

  /** The same for one of very many: `title` says it of a name, and is called when somebody asks. */
  stepOf(heading: string, name: string, title: (name: string) => string): void {
    this.#step = new NamedStep(heading, name, title);
  }

  get currentStep(): Step | undefined {
    return this.#step;
  }

  /** Queues a call; `decode` turns its outcome into what the caller gets. */
  abstract issue<T>(call: Call, decode: (outcome: Outcome) => T): Pending<T>;

  /** Resolves when the call behind `pending` was made; sends what is queued. */
  abstract settled(pending: Pending<unknown>): Promise<Outcome>;

  /**
   * Sends everything queued, as one batch (more, if it is over the size of one); resolves when all of it was made,
   * rejects with the `SyscallError` that stopped it. Nobody has to await it: a failure that nobody was told of lets all
   * later batches fail, until somebody is.
   */
  abstract flush(): Promise<void>;

  /** Resolves when what is flushed goes to the process at once: until then it waits for our event loop. */
  async connected(): Promise<void> {}

  /**
   * Sends the calls that `work` issues as a batch of their own, at once and ahead of what is queued. It is made whatever
   * failed before, and its own failure stops nothing that comes after: for work that has nothing to do with the rest.
   */
  abstract apart<T>(work: () => T): T;

  /** The call with the step it serves. */
  protected withStep(call: Call): Call {
    const step = this.#step;
    return step && !call.step ? { ...call, step } : call;
  }

  /** Queues a call whose answer is a number. */
  protected number(call: Call): Value {
    return this.issue(call, numberOf);
  }
}
