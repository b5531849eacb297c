import { ESRCH, type Launched, signalNumber } from '../runtime/index.ts';
import type { ContainerExit, RunningContainer } from '../spec/index.ts';

/** `exited` is asked for only when somebody waits: a detached container goes on without us. */
export function running(launched: Launched, id: string, exited: () => Promise<ContainerExit>): RunningContainer {
  const { pid, pidfd, monitor, stdin, stdout, stderr, resize } = launched;
  return {
    id,
    pid,
    get exited() {
      return exited();
    },
    resize,
    async signal(signal) {
      monitor.pidfdSendSignal(pidfd, signalNumber(signal), { allow: [ESRCH] });
      await monitor.flush();
    },
    ...(stdin ? { stdin } : {}),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
  };
}
