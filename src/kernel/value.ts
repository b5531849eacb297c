/** What a call answered: its return value and the output bytes that were asked for. */
export interface Outcome {
  value: number;
  bytes: Buffer;
}

/** Who makes a call: sends what is queued and waits for the answer. */
export interface Issuer {
  settled(pending: Pending<unknown>): Promise<Outcome>;
}

/**
 * The answer of a call that may not have been made yet. Await it to get the number or bytes (this sends what is
 * queued), or pass it on as an argument of a later call: then nothing waits, and the agent fills it in.
 */
export class Pending<T> implements PromiseLike<T> {
  readonly issuer: Issuer;
  readonly #decode: (outcome: Outcome) => T;
  #outcome: Outcome | undefined;
  #failure: Error | undefined;
  #listeners: (() => void)[] | undefined;
  /** The numbered place in the agent's memory that holds the value until its answer is here. */
  slot: number | undefined;

  constructor(issuer: Issuer, decode: (outcome: Outcome) => T) {
    this.issuer = issuer;
    this.#decode = decode;
  }

  /** Set once the answer is here. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Set once the call is known to have failed, or to be never made. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** For the issuer: the answer is here. */
  succeed(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#tell();
  }

  /** For the issuer: there will be no answer. */
  fail(error: Error): void {
    this.#failure = error;
    this.#tell();
  }

  /** Calls back when the answer or failure is here. Unlike `then` it sends nothing. */
  onSettled(listener: () => void): void {
    if (this.#outcome || this.#failure) listener();
    else if (this.#listeners) this.#listeners.push(listener);
    else this.#listeners = [listener];
  }

  #tell(): void {
    const listeners = this.#listeners;
    this.#listeners = undefined;
    for (const listener of listeners ?? []) listener();
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting an answer is the point of this class.
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.issuer
      .settled(this)
      .then((outcome) => this.#decode(outcome))
      .then(fulfilled, rejected);
  }
}

/** A number to come: a descriptor, a process id. */
export type Value = Pending<number>;
