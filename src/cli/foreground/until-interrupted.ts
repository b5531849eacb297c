import { isKeelsonError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';

const ENDING = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/**
 * Does work that a Ctrl-C ends in good order: the first signal asks it to stop, and when it has, this program ends by that signal,
 * as a shell expects; a second one ends it at once.
 * @returns the exit code
 */
export async function untilInterrupted(
  { signals, stderr }: Pick<CliContext, 'signals' | 'stderr'>,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const controller = new AbortController();
  let received: keyof typeof ENDING | undefined;
  const listeners = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => ({
    signal,
    listener: () => stop(signal),
  }));
  const restore = () => {
    for (const { signal, listener } of listeners) signals.off(signal, listener);
  };
  function stop(signal: keyof typeof ENDING): void {
    if (received === undefined) {
      received = signal;
      controller.abort(new Error(signal));
      return;
    }
    restore();
    signals.endBy(signal);
  }
  for (const { signal, listener } of listeners) signals.on(signal, listener);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (received === undefined || !isKeelsonError(error, 'cancelled')) throw error;
    stderr.write('keelson: interrupted; what was transferred need not be transferred again\n');
    restore();
    signals.endBy(received);
    return 128 + ENDING[received];
  } finally {
    restore();
  }
}
