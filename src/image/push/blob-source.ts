import type { Descriptor } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';

/**
 * The bytes of content from any place on. Read and checked in one pass where one part follows the other; from the start again
 * where it does not, because only a whole pass can tell that content is damaged.
 */
export class BlobSource implements AsyncDisposable {
  readonly #store: ContentStore;
  readonly #descriptor: Descriptor;
  #chunks: AsyncGenerator<Buffer> | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(store: ContentStore, descriptor: Descriptor) {
    this.#store = store;
    this.#descriptor = descriptor;
  }

  /** The bytes from `start` to `end`, which is not among them. */
  async *part(start: number, end: number): AsyncGenerator<Buffer> {
    if (start !== this.#at || !this.#chunks) await this.#restart();
    while (this.#at < end) {
      const chunk = this.#rest.length > 0 ? this.#rest : await this.#next();
      const from = Math.max(0, start - this.#at);
      const to = Math.min(chunk.length, end - this.#at);
      this.#rest = chunk.subarray(to);
      this.#at += to;
      // Its end checks the whole, before anybody has all of what is damaged and says so in our place.
      if (this.#at === this.#descriptor.size) await this.#chunks?.next();
      if (to > from) yield chunk.subarray(from, to);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks?.return(undefined);
  }

  async #restart(): Promise<void> {
    await this.#chunks?.return(undefined);
    this.#chunks = this.#store.read(this.#descriptor);
    this.#rest = Buffer.alloc(0);
    this.#at = 0;
  }

  async #next(): Promise<Buffer> {
    const result = await this.#chunks?.next();
    if (result === undefined || result.done) throw new Error(`${this.#descriptor.digest} ends before its end`);
    return result.value;
  }
}
