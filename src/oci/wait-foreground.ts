import { ESRCH, type Launched, shellExitCode, signalNumber } from '../runtime/index.ts';
import type { HeldSignals } from './held-signals.ts';
import type { OciContext } from './oci-context.ts';

/** Waits for the end of a program in the foreground; signals that we get go to it. Gives its exit code. */
export async function waitForeground(
  context: OciContext,
  launched: Launched,
  { terminal, signals }: { terminal: boolean; signals: HeldSignals },
): Promise<number> {
  const { monitor, pidfd, exited } = launched;
  signals.handOn((signal) => {
    monitor.pidfdSendSignal(pidfd, signalNumber(signal), { allow: [ESRCH] });
    void monitor.flush().catch(() => undefined);
  });
  const restore = terminal ? await context.rawTerminal() : () => undefined;
  try {
    return shellExitCode(await exited);
  } finally {
    restore();
    monitor.release();
    await monitor.closed;
  }
}
