import type { Launched, StdioPlan } from '../runtime/index.ts';
import type { CallerTerminal, OciContext } from './oci-context.ts';

/**
 * The terminal from which a program in the foreground is run. It is raw from before that begins: what is typed meanwhile
 * is the program's, to echo and to take for a signal or not. The program's own has the same size.
 */
export class ForegroundTerminal implements Disposable {
  #terminal: CallerTerminal | undefined;

  /** Gives the plan with the caller's size, where both sides are terminals. */
  async take(context: OciContext, stdio: StdioPlan): Promise<StdioPlan> {
    if (!stdio.terminal || stdio.consoleSocket) return stdio;
    this.#terminal = await context.rawTerminal();
    const size = await this.#terminal?.size();
    return size ? { ...stdio, terminal: size } : stdio;
  }

  async follow(launched: Launched): Promise<void> {
    const size = await this.#terminal?.size();
    if (size) await launched.resize(size.columns, size.rows);
  }

  /** As it was. */
  [Symbol.dispose](): void {
    this.#terminal?.restore();
    this.#terminal = undefined;
  }
}
