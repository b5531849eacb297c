import { KeelsonError } from '../../base/index.ts';
import type { Fd, Kernel, Value } from '../../kernel/index.ts';

/** Below the mebibyte that the agent takes in one request, so that the last entry may exceed it. */
const FULL_BYTES = 384 << 10;
/** The agent has places for 1024 results that are not answered yet, and all batches share them. */
const FULL_CALLS = 300;
/** So many may be on their way: one is made while the next already lies at the agent's door. */
const MOST_FLIGHTS = 2;
const LARGEST_WRITE = 128 << 10;

/** Gathers calls into batches and has two on their way while the next is gathered: memory stays at three batches. */
export class BatchedCalls {
  readonly kernel: Kernel;
  #bytes = 0;
  #calls = 0;
  #writes: { value: Value; size: number }[] = [];
  readonly #flights: Promise<void>[] = [];

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Says that calls were issued; answers what to wait for before issuing more. */
  count(calls: number, bytes: number): Promise<void> | undefined {
    this.#calls += calls;
    this.#bytes += bytes;
    return this.#bytes >= FULL_BYTES || this.#calls >= FULL_CALLS ? this.send() : undefined;
  }

  /** Writes content that must be written whole; the bytes may be used again when this is done. */
  async write(fd: Fd, content: Buffer): Promise<void> {
    for (let at = 0; at < content.length; at += LARGEST_WRITE) {
      const piece = content.subarray(at, at + LARGEST_WRITE);
      this.#writes.push({ value: this.kernel.write(fd, piece), size: piece.length });
      await this.count(1, piece.length);
    }
  }

  /** Sends what is gathered; waits when enough is on its way. */
  async send(): Promise<void> {
    const writes = this.#writes;
    this.#writes = [];
    this.#bytes = 0;
    this.#calls = 0;
    const flight = this.kernel.flush().then(() => checkWrites(writes));
    // Whoever sends or finishes next gets the error; until then nobody waits for it.
    flight.catch(() => undefined);
    this.#flights.push(flight);
    if (this.#flights.length > MOST_FLIGHTS) await this.#flights.shift();
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
