const heeded = new WeakSet<Error>();

/** Notes that somebody was told of the error. */
export function heed(error: Error): void {
  heeded.add(error);
}

/** Was anybody told of the error? */
export function isHeeded(error: Error): boolean {
  return heeded.has(error);
}

/**
 * A promise that knows whether somebody waits for it. Nobody has to: a rejection then troubles nobody, but `isHeeded`
 * says that nobody was told of the error.
 */
export class HeededPromise<T> extends Promise<T> {
  // What `then` gives is an ordinary promise: only the first link of a chain has something to tell.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** As `Promise.withResolvers`; `onHeed` is called at each `then`, `catch` and `await`. */
  static make<T>(onHeed?: () => void): Heeded<T> {
    const { promise, resolve, reject } = HeededPromise.withResolvers<T>() as Heeded<T> & { promise: HeededPromise<T> };
    Promise.prototype.then.call(promise, undefined, () => undefined);
    promise.#onHeed = onHeed;
    const refuse = (error: Error) => {
      promise.#error = error;
      if (promise.#waiting) heed(error);
      reject(error);
    };
    return { promise, resolve, reject: refuse };
  }

  #waiting = false;
  #error: Error | undefined;
  #onHeed: (() => void) | undefined;

  // biome-ignore lint/suspicious/noThenProperty: it is a promise.
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#waiting = true;
    if (this.#error) heed(this.#error);
    this.#onHeed?.();
    return super.then(fulfilled, rejected);
  }
}

export interface Heeded<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}
