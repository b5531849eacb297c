import type { CallIssuer } from './call-issuer.ts';

/** What a call answered: its return value and the output bytes that were asked for. */
export interface Outcome {
  value: number;
  bytes: Buffer;
}

/**
 * The answer of a call that may not have been made yet. Await it to get the number or bytes (this sends what is
 * queued), or pass it on as an argument of a later call: then nothing waits, and the agent fills it in.
 */
export class Pending<T> implements PromiseLike<T> {
  readonly issuer: CallIssuer;
  readonly #decode: (outcome: Outcome) => T;
  /** Set once the answer is here. */
  outcome: Outcome | undefined;
  /** The numbered place in the agent's memory that holds the value, once a later call needs it. */
  slot: number | undefined;

  constructor(issuer: CallIssuer, decode: (outcome: Outcome) => T) {
    this.issuer = issuer;
    this.#decode = decode;
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
