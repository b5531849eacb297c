import { ESRCH, type Launched, shellExitCode, signalNumber } from '../runtime/index.ts';
import type { ForegroundTerminal } from './foreground-terminal.ts';
import type { HeldSignals } from './held-signals.ts';

/** Waits for the end of a program in the foreground; signals that we get go to it. Gives its exit code. */
export async function waitForeground(
  launched: Launched,
  { terminal, signals }: { terminal: ForegroundTerminal; signals: HeldSignals },
): Promise<number> {
  const { monitor, pidfd, exited } = launched;
  signals.handOn((signal) => {
    if (signal === 'SIGWINCH') return void terminal.follow(launched).catch(() => undefined);
    monitor.pidfdSendSignal(pidfd, signalNumber(signal), { allow: [ESRCH] });
    void monitor.flush().catch(() => undefined);
  });
  try {
    return shellExitCode(await exited);
  } finally {
    terminal[Symbol.dispose]();
    monitor.release();
    await monitor.closed;
  }
}
