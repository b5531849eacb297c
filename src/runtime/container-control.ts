// host-path: a monitor's folder is ours alone (0700), and nothing of it is shown to the container
import { closeSync, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { KeelsonError } from '../base/index.ts';
import { decodeExitEvent, ESRCH, EXIT_EVENT_SIZE, type ExitEvent, type Kernel, startAgent } from '../kernel/index.ts';

/** Where a container's monitor tells how it ended. */
export interface ExitFile extends Disposable {
  /** Undefined while it runs. */
  read(): ExitEvent | undefined;
}

/** The exit file of a container under a monitor, readable also when its folder has gone. `folder` as in MonitorPlan. */
export function openExit(folder: string): ExitFile | undefined {
  let fd: number;
  try {
    fd = openSync(join(folder, 'exit'), 'r');
  } catch {
    return undefined;
  }
  return {
    read() {
      const bytes = Buffer.alloc(EXIT_EVENT_SIZE);
      if (readSync(fd, bytes, 0, EXIT_EVENT_SIZE, 0) < EXIT_EVENT_SIZE) return undefined;
      const event = decodeExitEvent(bytes);
      return event.time === 0 ? undefined : event;
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

const NUMBERS: Readonly<Record<string, unknown>> = constants.signals;

/**
 * `TERM`, `SIGTERM`, `15` and 15 are all 15; `RTMIN+1` is 35 as in the C library.
 * @throws KeelsonError invalid `SIGNAL_UNKNOWN`
 */
export function signalNumber(signal: string | number): number {
  const text = String(signal).toUpperCase();
  const realTime = /^(?:SIG)?RTMIN(?:\+(\d+))?$/.exec(text);
  const named = NUMBERS[text.startsWith('SIG') ? text : `SIG${text}`];
  const number = /^\d+$/.test(text) ? Number(text) : realTime ? 34 + Number(realTime[1] ?? 0) : named;
  if (typeof number === 'number' && number > 0 && number <= 64) return number;
  throw new KeelsonError('invalid', `unknown signal '${signal}'`, {
    code: 'SIGNAL_UNKNOWN',
    hint: '`kill -l` lists them',
  });
}

/**
 * Signals processes by descriptor: each is opened first, and signalled only if `isMeant` says that the number still
 * belongs to the one that was meant (pidfd_open(2)). Those that have gone are passed over.
 */
export async function signalProcesses(
  pids: readonly number[],
  signal: number,
  isMeant: (pid: number) => boolean,
): Promise<void> {
  if (pids.length === 0) return;
  await using agent = startAgent({ stdio: ['ignore', 'ignore', 'ignore'] });
  await signalBy(agent.kernel, { pids, signal, isMeant });
}

/** The same, in a process that is there. */
export async function signalBy(
  kernel: Kernel,
  { pids, signal, isMeant }: { pids: readonly number[]; signal: number; isMeant: (pid: number) => boolean },
): Promise<void> {
  const opened = pids.map((pid) => ({ pid, fd: kernel.pidfdOpen(pid, { allow: [ESRCH] }) }));
  await kernel.flush();
  for (const { pid, fd } of opened) {
    if ((await fd) < 0) continue;
    if (isMeant(pid)) kernel.pidfdSendSignal(fd, signal, { allow: [ESRCH] });
    kernel.close(fd);
  }
  await kernel.flush();
}
