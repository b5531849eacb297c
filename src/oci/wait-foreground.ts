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

/** The same of what was made; without signals to hand on nobody waits, and it is 0. */
export async function waitUnlessDetached(
  launched: Launched,
  { terminal, signals }: { terminal: ForegroundTerminal; signals: HeldSignals | undefined },
): Promise<number> {
  if (signals !== undefined) return await waitForeground(launched, { terminal, signals });
  launched.monitor.release();
  await launched.monitor.closed;
  return 0;
}
