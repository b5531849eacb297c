import { ESRCH, type Launched, shellExitCode, signalNumber } from '../runtime/index.ts';
import type { HeldSignals } from './held-signals.ts';
import type { MadeContainer } from './make-container.ts';
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

/** Gives the exit code of a container that was made: of its program, or 0 when nobody waits for that, without signals to hand on. */
export async function waitUnlessDetached(
  context: OciContext,
  { state, launched }: Pick<MadeContainer, 'state' | 'launched'>,
  signals: HeldSignals | undefined,
): Promise<number> {
  const terminal = state.config.spec.process?.terminal ?? false;
  if (signals !== undefined) return await waitForeground(context, launched, { terminal, signals });
  launched.monitor.release();
  await launched.monitor.closed;
  return 0;
}
