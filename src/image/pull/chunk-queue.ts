/** Chunks that one side gives and another one takes; the giver learns when the taker needs one no more. */
export class ChunkQueue implements AsyncIterable<Buffer> {
  readonly #waiting: { chunk: Buffer; done: () => void }[] = [];
  #end: 'open' | 'ended' | 'abandoned' | { error: Error } = 'open';
  #given: PromiseWithResolvers<void> = Promise.withResolvers();

  /** Resolves when the taker has asked for the chunk after this one, or takes no more: its memory may be used again. */
  push(chunk: Buffer): Promise<void> {
    if (this.#end !== 'open') return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ chunk, done: resolve });
    this.#given.resolve();
    return promise;
  }

  /** All was given; or, with an error, the taker shall have that instead of more. */
  end(error?: Error): void {
    if (this.#end !== 'open') return;
    this.#end = error ? { error } : 'ended';
    this.#given.resolve();
  }

  /** Nobody takes any more; whoever gives goes on, to nobody. */
  abandon(): void {
    this.#end = 'abandoned';
    for (const { done } of this.#waiting.splice(0)) done();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        if (typeof this.#end === 'object') throw this.#end.error;
        const next = this.#waiting.shift();
        if (next) {
          try {
            yield next.chunk;
          } finally {
            next.done();
          }
        } else if (this.#end !== 'open') return;
        else {
          await this.#given.promise;
          this.#given = Promise.withResolvers();
        }
      }
    } finally {
      this.abandon();
    }
  }
}
