import type { Input, SignalSource } from '../context.ts';

const ENDING: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];

/**
 * Hands keys to the container as they are typed, Ctrl-C among them, until disposed. The terminal goes back to what it was
 * on every way out: the end of the container, an error, an exit, and a signal that ends this program.
 * @param endOnSignal false where signals go to the container instead
 */
export async function rawTerminal(input: Input, signals: SignalSource, endOnSignal: boolean): Promise<Disposable> {
  if (input.isTTY !== true || input.setRawMode === undefined) return { [Symbol.dispose]: () => undefined };
  let raw = true;
  const restore = () => {
    if (raw) input.setRawMode?.(false);
    raw = false;
  };
  const stop = () => {
    signals.off('exit', restore);
    for (const { signal, listener } of endings) signals.off(signal, listener);
    restore();
  };
  const endings = (endOnSignal ? ENDING : []).map((signal) => ({
    signal,
    listener: () => {
      stop();
      signals.endBy(signal);
    },
  }));
  signals.on('exit', restore);
  for (const { signal, listener } of endings) signals.on(signal, listener);
  input.setRawMode(true);
  // Without it some programs draw their screens askew; that is no reason to give up.
  await input.passOutputThrough?.().catch(() => undefined);
  return { [Symbol.dispose]: stop };
}
