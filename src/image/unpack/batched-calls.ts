import { KeelsonError } from '../../base/index.ts';
import type { Fd, Kernel, Value } from '../../kernel/index.ts';

/** Below the mebibyte that the agent takes in one request, so that the last entry may exceed it. */
const FULL_BYTES = 384 << 10;
/** The agent has places for 1024 results that are not answered yet, and all batches share them. */
const FULL_CALLS = 300;
/** So many may be on their way: one is made while the next already lies at the agent's door. */
const MOST_FLIGHTS = 2;
/** Content that is copied by one batch. */
const FULL_CONTENT = 512 << 10;

/** Gathers calls into batches and has two on their way while the next is gathered: memory stays at three batches. */
export class BatchedCalls {
  readonly kernel: Kernel;
  /** Called when a batch is sent; what it answers is called when the batch was made. */
  onDone: (() => () => void) | undefined;
  #bytes = 0;
  #calls = 0;
  #content = 0;
  #writes: { value: Value; size: number }[] = [];
  readonly #flights: Promise<void>[] = [];

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Says that calls were issued; answers what to wait for before issuing more. */
  count(calls: number, bytes: number): Promise<void> | undefined {
    this.#calls += calls;
    this.#bytes += bytes;
    const isFull = this.#bytes >= FULL_BYTES || this.#calls >= FULL_CALLS || this.#content >= FULL_CONTENT;
    return isFull ? this.send() : undefined;
  }

  /** Gives a file content that lies in the process's memory; it must be written whole. Answers as `count`. */
  write(to: Fd, address: number, size: number): Promise<void> | undefined {
    this.#writes.push({ value: this.kernel.writeFrom(to, address, size), size });
    this.#content += size;
    return this.count(1, 64);
  }

  /** Sends what is gathered; waits when enough is on its way. */
  async send(): Promise<void> {
    const writes = this.#writes;
    this.#writes = [];
    this.#bytes = 0;
    this.#calls = 0;
    this.#content = 0;
    const { onDone } = this;
    const done = onDone?.();
    const flight = this.kernel.flush().then(() => {
      checkWrites(writes);
      done?.();
    });
    // Whoever sends or finishes next gets the error; until then nobody waits for it.
    flight.catch(() => undefined);
    this.#flights.push(flight);
    if (this.#flights.length > MOST_FLIGHTS) await this.#flights.shift();
  }

  /** Waits for the oldest batch that is on its way; sends what is gathered where none is. */
  async advance(): Promise<void> {
    if (this.#flights.length === 0) await this.send();
    await this.#flights.shift();
  }

  /** Waits until everything was made. */
  async finish(): Promise<void> {
    await this.send();
    for (const flight of this.#flights.splice(0)) await flight;
  }
}

/** A disk that fills up lets write(2) succeed with fewer bytes first. */
function checkWrites(writes: readonly { value: Value; size: number }[]): void {
  for (const { value, size } of writes) {
    if (value.outcome?.value === size) continue;
    throw new KeelsonError('exhausted', 'the disk took only a part of a file', {
      code: 'ENOSPC',
      hint: 'make room where the data root lies',
    });
  }
}
