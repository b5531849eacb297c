import type { Call, Step } from '../call.ts';
import { isValue, Struct } from '../call.ts';
import type { Architecture } from '../syscall-numbers.ts';
import type { Value } from '../value.ts';
import type { RequestOptions } from './request-writer.ts';
import { RequestWriter } from './request-writer.ts';
import type { SlotTable } from './slot-table.ts';

/** A call on its way, with the promise of its answer. */
export interface QueuedCall {
  call: Call;
  pending: Value;
  /** What it serves, unless the call says so itself. */
  step: Step | undefined;
}

/** The call with the step it serves: made when somebody asks, since few do. */
export function withStep({ call, step }: QueuedCall): Call {
  return step && !call.step ? { ...call, step } : call;
}

/** Gathers the calls of one batch and gives each result a place in the agent's memory. */
export class BatchWriter {
  readonly architecture: Architecture;
  readonly slots: SlotTable;
  readonly #request: RequestWriter;
  #calls: QueuedCall[] = [];
  #batch = 0;

  constructor(architecture: Architecture, slots: SlotTable) {
    this.architecture = architecture;
    this.slots = slots;
    this.#request = new RequestWriter(architecture, (value) => slots.holds(value));
  }

  get length(): number {
    return this.#calls.length;
  }

  /** Which batch is being gathered: counts up with each `take`. */
  get batch(): number {
    return this.#batch;
  }

  /** False: the batch is full, the call belongs into the next one. Errors: those of `RequestWriter.add`. */
  add(call: Call, pending: Value, step?: Step): boolean {
    this.slots.assign(pending);
    try {
      if (this.#request.add(call, pending.slot)) {
        this.#calls.push({ call, pending, step });
        return true;
      }
    } catch (error) {
      this.slots.release(pending);
      throw error;
    }
    this.slots.release(pending);
    return false;
  }

  /** Takes the gathered calls out, with the request that makes them. */
  take(options: RequestOptions): { calls: QueuedCall[]; frame: Buffer } {
    const calls = this.#calls;
    this.#calls = [];
    this.#batch++;
    return { calls, frame: this.#request.take(options) };
  }
}

/** The values that a call takes as arguments, and that its structures embed at any depth. */
export function* valuesOf(args: readonly unknown[]): Generator<Value> {
  for (const arg of args) {
    if (isValue(arg)) yield arg;
    else if (arg instanceof Struct) yield* valuesOf(arg.embedded.map((e) => e.value));
  }
}
