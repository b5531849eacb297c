import type { Call } from '../call.ts';
import { isValue, Struct } from '../call.ts';
import type { Architecture } from '../syscall-numbers.ts';
import type { Value } from '../value.ts';
import type { QueuedCall } from './frame.ts';
import { encodeRequest, SLOTS } from './frame.ts';

/** Calls whose number a later batch may want before the answer is here: they always get a slot. */
const MAKES_DESCRIPTOR = new Set<Call['name']>([
  'accept4',
  'clone',
  'dup',
  'eventfd2',
  'fsmount',
  'fsopen',
  'load',
  'memfd_create',
  'open_tree',
  'openat',
  'openat2',
  'pidfd_open',
  'socket',
]);

/** Hands out the numbered places in one agent process's memory. A child starts with a copy of its parent's. */
export class SlotTable {
  #next: number;
  /** Slots that a request left for later refers to: never given out again. */
  readonly #pinned: Set<number>;

  constructor(parent?: SlotTable) {
    this.#next = parent ? parent.#next : 0;
    this.#pinned = new Set(parent ? parent.#pinned : []);
  }

  assign(value: Value): number {
    if (value.slot !== undefined) return value.slot;
    while (this.#pinned.has(this.#next)) this.#next = (this.#next + 1) % SLOTS;
    value.slot = this.#next;
    this.#next = (this.#next + 1) % SLOTS;
    return value.slot;
  }

  pin(slot: number): void {
    this.#pinned.add(slot);
  }
}

/** Gathers the calls of one batch and knows which of their results need a slot. */
export class BatchWriter {
  readonly architecture: Architecture;
  readonly slots: SlotTable;
  #calls: QueuedCall[] = [];

  constructor(architecture: Architecture, slots: SlotTable) {
    this.architecture = architecture;
    this.slots = slots;
  }

  get length(): number {
    return this.#calls.length;
  }

  add(call: Call, pending: Value): void {
    if (MAKES_DESCRIPTOR.has(call.name)) this.slots.assign(pending);
    for (const value of valuesOf(call.args)) if (!value.outcome) this.slots.assign(value);
    this.#calls.push({ call, pending });
  }

  /** Takes the gathered calls out, with the request that makes them. */
  take(options: { sequence: number; trace: boolean; chained: boolean }): { calls: QueuedCall[]; frame: Buffer } {
    const calls = this.#calls;
    this.#calls = [];
    const slotOf = (value: Value) => this.slots.assign(value);
    return { calls, frame: encodeRequest(calls, { architecture: this.architecture, slotOf, ...options }) };
  }
}

function* valuesOf(args: readonly unknown[]): Generator<Value> {
  for (const arg of args) {
    if (isValue(arg)) yield arg;
    else if (arg instanceof Struct) yield* valuesOf(arg.embedded.map((e) => e.value));
  }
}
