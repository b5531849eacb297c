import type { Value } from '../value.ts';
import { SLOTS } from './frame.ts';

/**
 * The numbered places in one agent process's memory, each for a value whose answer is not here yet. A child starts with
 * a copy of its parent's places, so it can use what its parent issued before the clone.
 */
export class SlotTable {
  readonly #owners: (Value | undefined)[];
  /** How many requests that were left for later refer to a place: until they are made it is not given out again. */
  readonly #pins = new Map<number, number>();
  #next = 0;

  constructor(parent?: SlotTable) {
    this.#owners = parent ? [...parent.#owners] : new Array<Value | undefined>(SLOTS);
  }

  /** Gives a call's result a place if one is free. Without one it cannot be an argument before its answer is here. */
  assign(value: Value): void {
    for (let tries = 0; tries < SLOTS; tries++) {
      const slot = this.#next;
      this.#next = (slot + 1) % SLOTS;
      if (!this.#isFree(slot)) continue;
      this.#owners[slot] = value;
      value.slot = slot;
      return;
    }
  }

  #isFree(slot: number): boolean {
    const owner = this.#owners[slot];
    return (!owner || owner.outcome !== undefined || owner.failure !== undefined) && !this.#pins.has(slot);
  }

  /** Does this process keep the value? Not so for one of another process, or of a parent after the clone. */
  holds(value: Value): boolean {
    return value.slot !== undefined && this.#owners[value.slot] === value;
  }

  /** The answer is here: nobody will ask for the place again. */
  release(value: Value): void {
    if (value.slot !== undefined && this.#owners[value.slot] === value) this.#owners[value.slot] = undefined;
  }

  pin(slot: number): void {
    this.#pins.set(slot, (this.#pins.get(slot) ?? 0) + 1);
  }

  unpin(slot: number): void {
    const pins = (this.#pins.get(slot) ?? 0) - 1;
    if (pins > 0) this.#pins.set(slot, pins);
    else this.#pins.delete(slot);
  }
}
