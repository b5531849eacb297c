/** Chunks that one side gives and another one takes, a bounded number of bytes apart. */
export class ChunkQueue implements AsyncIterable<Buffer> {
  readonly #limit: number;
  readonly #waiting: Buffer[] = [];
  #bytes = 0;
  #end: 'open' | 'ended' | { error: Error } = 'open';
  #taken: PromiseWithResolvers<void> = Promise.withResolvers();
  #given: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Waits while too much is not taken yet. */
  async push(chunk: Buffer): Promise<void> {
    while (this.#bytes >= this.#limit && this.#end === 'open') await this.#taken.promise;
    if (this.#end !== 'open') return;
    this.#waiting.push(chunk);
    this.#bytes += chunk.length;
    this.#given.resolve();
  }

  /** All was given; or, with an error, the taker shall have that instead of more. */
  end(error?: Error): void {
    if (this.#end !== 'open') return;
    this.#end = error ? { error } : 'ended';
    this.#given.resolve();
    this.#taken.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        if (typeof this.#end === 'object') throw this.#end.error;
        const chunk = this.#waiting.shift();
        if (chunk) {
          this.#bytes -= chunk.length;
          this.#taken.resolve();
          this.#taken = Promise.withResolvers();
          yield chunk;
        } else if (this.#end === 'ended') return;
        else {
          await this.#given.promise;
          this.#given = Promise.withResolvers();
        }
      }
    } finally {
      // Whoever waits to give more goes on, to nobody.
      this.end();
    }
  }
}
