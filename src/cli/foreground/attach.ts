import { invalid } from '../../base/index.ts';
import type { RunningProcess } from '../../spec/index.ts';
import type { CliContext } from '../context.ts';
import { followSize } from './follow-size.ts';
import { forwardSignals } from './forward-signals.ts';
import { holdSignals, type SignalHold } from './hold-signals.ts';
import { rawTerminal } from './raw-terminal.ts';

export interface AttachOptions<Process extends RunningProcess> {
  tty: boolean;
  /** Our standard input leads to the process. */
  stdin: boolean;
  /** Signals that we get go to the process; else they end us, once it is recorded that it runs. */
  forwardSignals: boolean;
  /** Called when the process runs, before the terminal becomes raw. */
  onStarted?(process: Process): void;
}

/**
 * Starts a process, lets this program stand for it until it ends, and gives its exit code.
 * @param start calls `recorded` when there is something that the end of this program would undo
 */
export async function attach<Process extends RunningProcess>(
  start: (recorded: () => void) => Promise<Process>,
  context: Pick<CliContext, 'stdin' | 'stdout' | 'signals'>,
  options: AttachOptions<Process>,
): Promise<number> {
  const { stdout, signals } = context;
  const keyboard = options.tty && options.stdin ? context.stdin : undefined;
  if (keyboard !== undefined && keyboard.isTTY !== true) {
    throw invalid('STDIN_NOT_A_TERMINAL', 'the standard input is no terminal', 'leave out -t');
  }
  using release = new DisposableStack();
  const forwarder = options.forwardSignals ? release.use(forwardSignals(signals)) : undefined;
  let held: SignalHold | undefined;
  const running = await start(() => {
    held ??= forwarder ? undefined : release.use(holdSignals(signals));
  });
  options.onStarted?.(running);
  held?.letThrough();
  // A signal for a process that has just ended is late, not wrong.
  forwarder?.deliverTo((signal) => void running.signal(signal).catch(() => undefined));
  if (keyboard !== undefined) {
    release.use(await rawTerminal(keyboard, signals, !options.forwardSignals));
    held?.[Symbol.dispose](); // it ends us itself, with the terminal given back
  }
  if (options.tty) release.use(followSize(running, stdout, signals));
  return (await running.exited).exitCode;
}
