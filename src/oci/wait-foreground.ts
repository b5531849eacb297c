import { ESRCH, type Launched, shellExitCode, signalNumber } from '../runtime/index.ts';
import type { OciContext } from './oci-context.ts';

/** Waits for the end of a program in the foreground; signals that we get go to it. Gives its exit code. */
export async function waitForeground(context: OciContext, launched: Launched, terminal: boolean): Promise<number> {
  const { monitor, pidfd, exited } = launched;
  const forget = context.forwardSignals((signal) => {
    monitor.pidfdSendSignal(pidfd, signalNumber(signal), { allow: [ESRCH] });
    void monitor.flush().catch(() => undefined);
  });
  const restore = terminal ? await context.rawTerminal() : () => undefined;
  try {
    return shellExitCode(await exited);
  } finally {
    restore();
    forget();
    monitor.release();
    await monitor.closed;
  }
}
