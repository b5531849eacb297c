import type { Kernel } from '../../runtime/index.ts';

const CHUNK = 1 << 16;
const EAGAIN = 11;
const EINTR = 4;

/** Writes to the descriptors of a front, in order. What its reader no longer takes is lost, as for any program. */
export class FrontOutput {
  readonly #front: Kernel;
  readonly #wait: () => Promise<void>;
  #written: Promise<void> = Promise.resolve();

  /** `wait`: until a descriptor that is full may have room again. */
  constructor(front: Kernel, wait: () => Promise<void>) {
    this.#front = front;
    this.#wait = wait;
  }

  write(descriptor: 1 | 2, text: string): void {
    if (text === '') return;
    const bytes = Buffer.from(text);
    this.#written = this.#written.then(() => this.#writeAll(descriptor, bytes)).catch(() => undefined);
  }

  /** Resolves when all of it was written. */
  get done(): Promise<void> {
    return this.#written;
  }

  async #writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const written = await this.#front.apart(() =>
        this.#front.write(descriptor, bytes.subarray(at, at + CHUNK), { allow: 'any' }),
      );
      if (written > 0) at += written;
      // Somebody made the pipe non-blocking.
      else if (written === -EAGAIN || written === -EINTR) await this.#wait();
      else return;
    }
  }
}
