import { KeelsonError } from '../../base/index.ts';
import type { Call } from '../call.ts';
import { Kernel } from '../kernel.ts';
import type { Outcome, Value } from '../value.ts';
import { Pending } from '../value.ts';
import { BatchWriter, valuesOf } from './batch-writer.ts';

/** Turns calls into a request that is kept for later instead of being sent. No failure stops it. */
export class AfterwardsRecorder extends Kernel {
  readonly closed = Promise.resolve();
  readonly #writer: BatchWriter;
  readonly #pinned = new Set<number>();

  constructor(owner: BatchWriter) {
    super();
    this.#writer = new BatchWriter(owner.architecture, owner.slots);
  }

  override issue<T>(call: Call, decode: (outcome: Outcome) => T): Pending<T> {
    const pending = new Pending<T>(this, decode);
    if (!this.#writer.add({ ...call, allow: 'any' }, pending as unknown as Value)) {
      throw new KeelsonError('invalid', 'the calls to make at the exit are over the size of one batch', {
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
    const { calls, frame } = this.#writer.take({ sequence: 0, trace: false, chained: false, apart: false });
    const { slots } = this.#writer;
    const release = () => {
      for (const { pending } of calls) pending.fail(new TypeError('made at an exit, where nobody read the result'));
      for (const slot of this.#pinned) slots.unpin(slot);
      this.#pinned.clear();
    };
    return { frame, release };
  }

  override settled(): Promise<Outcome> {
    return Promise.reject(new TypeError('nobody reads the results of what is done afterwards'));
  }

  override flush(): Promise<void> {
    return Promise.resolve();
  }

  override apart(): never {
    throw new TypeError('what is done afterwards is one batch');
  }

  override watch(): never {
    throw new TypeError('a watch cannot be left for afterwards');
  }

  protected override takeChild(): never {
    throw new TypeError('a child cannot be left for afterwards');
  }

  override openStream(): never {
    throw new TypeError('a stream cannot be left for afterwards');
  }

  override release(): void {}
}
