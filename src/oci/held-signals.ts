import type { OciContext } from './oci-context.ts';

/** Signals that came since this was made, kept until there is a program to hand them on to. */
export class HeldSignals implements Disposable {
  readonly #waiting: string[] = [];
  readonly #forget: () => void;
  #to: ((signal: string) => void) | undefined;

  /** Make it before the program can have begun: from then on nobody expects a signal to end us. */
  constructor(context: OciContext) {
    this.#forget = context.forwardSignals((signal) => {
      if (this.#to) this.#to(signal);
      else this.#waiting.push(signal);
    });
  }

  handOn(to: (signal: string) => void): void {
    this.#to = to;
    for (const signal of this.#waiting.splice(0)) to(signal);
  }

  [Symbol.dispose](): void {
    this.#forget();
  }
}
