import type { Kernel } from '../kernel/index.ts';

/**
 * A process that is there before it is asked for: the next one is born while the kernel works on the container of the
 * last, so no start waits for a birth.
 */
export class SpareProcess implements AsyncDisposable {
  readonly #bear: () => Promise<Kernel>;
  #waiting: Kernel | undefined;
  #coming: Promise<void> | undefined;
  #disposed = false;

  constructor(bear: () => Promise<Kernel>) {
    this.#bear = bear;
  }

  /** Undefined: there is none now, and one is on its way. */
  take(): Kernel | undefined {
    const taken = this.#waiting;
    this.#waiting = undefined;
    // Only once what was asked of the taken one is on its way to it.
    setImmediate(() => this.#prepare());
    return taken;
  }

  #prepare(): void {
    if (this.#disposed || this.#waiting || this.#coming) return;
    this.#coming = this.#make().finally(() => {
      this.#coming = undefined;
    });
  }

  /** A birth that fails is nobody's error: who asks next is born on request, and is told. */
  async #make(): Promise<void> {
    try {
      const kernel = await this.#bear();
      void kernel.closed.then(() => {
        if (this.#waiting === kernel) this.#waiting = undefined;
      });
      await kernel.flush();
      if (this.#disposed) kernel.release();
      else this.#waiting = kernel;
    } catch {
      // as above
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#coming;
    this.#waiting?.release();
  }
}
