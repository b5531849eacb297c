import type { SignalSource } from '../context.ts';
import { ENDING } from './forward-signals.ts';

/** While it holds, a signal that would end this program waits; the second time the user means it. */
export interface SignalHold extends Disposable {
  /** From now on signals end this program again, beginning with one that waits. */
  letThrough(): void;
}

/**
 * Keeps signals from ending this program while a container of it runs already and the record does not say so yet: the
 * next command would take it for a start that failed, and undo it.
 */
export function holdSignals(source: SignalSource): SignalHold {
  let through = false;
  let waiting: NodeJS.Signals | undefined;
  const listeners = [...ENDING].map((signal) => ({ signal, listener: () => receive(signal) }));

  function receive(signal: NodeJS.Signals): void {
    if (through || waiting !== undefined) end(waiting ?? signal);
    else waiting = signal;
  }

  function end(signal: NodeJS.Signals): void {
    stop();
    source.endBy(signal);
  }

  function stop(): void {
    for (const { signal, listener } of listeners) source.off(signal, listener);
  }

  for (const { signal, listener } of listeners) source.on(signal, listener);
  return {
    // It goes on listening: Node forgets a signal that has come and was not told yet when nobody listens any more.
    letThrough() {
      through = true;
      if (waiting !== undefined) end(waiting);
    },
    [Symbol.dispose]: stop,
  };
}
