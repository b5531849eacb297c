import { KeelsonError } from '../../base/index.ts';
import type { Call } from '../call.ts';
import { Kernel } from '../kernel.ts';
import type { Outcome, Value } from '../value.ts';
import { Pending } from '../value.ts';
import { BatchWriter, valuesOf } from './batch-writer.ts';

/** Turns calls into one request whose answer nobody reads, for an exit or for a process that is left to itself. */
export class UnansweredRecorder extends Kernel {
  readonly closed = Promise.resolve();
  readonly #writer: BatchWriter;
  readonly #pinned = new Set<number>();
  readonly #failures: 'pass' | 'stop';

  /** `failures`: whether a failed call stops those after it. */
  constructor(owner: BatchWriter, failures: 'pass' | 'stop') {
    super();
    this.#failures = failures;
    this.#writer = new BatchWriter(owner.architecture, owner.slots);
  }

  override issue<T>(call: Call, decode: (outcome: Outcome) => T): Pending<T> {
    const pending = new Pending<T>(this, decode);
    const allowed = this.#failures === 'pass' ? { allow: 'any' as const } : {};
    if (!this.#writer.add({ ...call, ...allowed }, pending as unknown as Value)) {
      throw new KeelsonError('invalid', 'the calls that nobody answers are over the size of one batch', {
        code: 'BATCH_TOO_LARGE',
      });
    }
    for (const { slot, outcome } of [pending, ...valuesOf(call.args)]) {
      if (slot === undefined || outcome || this.#pinned.has(slot)) continue;
      this.#pinned.add(slot);
      this.#writer.slots.pin(slot);
    }
    return pending;
  }

  /** The request, and what to call when it was made: its places in the agent's memory are free again. */
  take(): { frame: Buffer; release: () => void } {
    const { calls, frame } = this.#writer.take({
      sequence: 0,
      trace: false,
      chained: false,
      apart: false,
      unanswered: true,
    });
    const { slots } = this.#writer;
    const release = () => {
      for (const { pending } of calls) pending.fail(new TypeError('made where nobody read the result'));
      for (const slot of this.#pinned) slots.unpin(slot);
      this.#pinned.clear();
    };
    return { frame, release };
  }

  override settled(): Promise<Outcome> {
    return Promise.reject(new TypeError('nobody reads the results of calls that are not answered'));
  }

  override flush(): Promise<void> {
    return Promise.resolve();
  }

  override apart(): never {
    throw new TypeError('calls that are not answered are one batch');
  }

  override depart(): never {
    throw new TypeError('this process has been left to itself already');
  }

  override watch(): never {
    throw new TypeError('a watch needs somebody to tell');
  }

  protected override takeChild(): never {
    throw new TypeError('a child needs somebody to lead it');
  }

  override openStream(): never {
    throw new TypeError('a stream needs somebody at its other end');
  }

  override release(): void {}
}
