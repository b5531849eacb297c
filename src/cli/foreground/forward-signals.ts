import type { SignalSource } from '../context.ts';

/** What Docker passes on too, of those that a program can catch and that are not about this program's own business. */
const FORWARDED: readonly NodeJS.Signals[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGTERM',
  'SIGCONT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
];

/** What ends this program when it comes a second time before there is a process to pass it on to. */
export const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']);

/** Signals are kept back until `deliverTo` says who gets them; dispose to let them act on this program again. */
export interface SignalForwarder extends Disposable {
  deliverTo(deliver: (signal: NodeJS.Signals) => void): void;
}

/** Catches this program's signals for a container that is being started. */
export function forwardSignals(source: SignalSource): SignalForwarder {
  let deliver: ((signal: NodeJS.Signals) => void) | undefined;
  const waiting: NodeJS.Signals[] = [];
  const listeners = FORWARDED.map((signal) => ({ signal, listener: () => receive(signal) }));

  function receive(signal: NodeJS.Signals): void {
    if (deliver !== undefined) return deliver(signal);
    // Nothing to pass it on to yet: the second time the user means us.
    if (ENDING.has(signal) && waiting.includes(signal)) {
      stop();
      source.endBy(signal);
    } else {
      waiting.push(signal);
    }
  }

  function stop(): void {
    for (const { signal, listener } of listeners) source.off(signal, listener);
  }

  for (const { signal, listener } of listeners) source.on(signal, listener);
  return {
    deliverTo(target) {
      deliver = target;
      for (const signal of waiting.splice(0)) target(signal);
    },
    [Symbol.dispose]: stop,
  };
}
