import type { ContainerExit, RunningProcess, StdioConfig } from '../spec/index.ts';
import type { CommandContext } from './command.ts';

/** Signals that are meant for the container. Not SIGKILL and SIGSTOP, which nobody can catch. */
const FORWARDED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGALRM'] as const;

/** Our own streams for a process; standard input only where it was asked for. */
export function standardStreams({ stdout }: CommandContext, { interactive }: { interactive: boolean }): StdioConfig {
  const size = { columns: stdout.columns, rows: stdout.rows };
  return { stdin: interactive ? 'inherit' : 'ignore', stdout: 'inherit', stderr: 'inherit', ...size };
}

/** Waits for a process in front of the user: signals go to it, and with a terminal keys and its size do. */
export async function attachProcess(
  running: RunningProcess,
  { tty, interactive, context }: { tty: boolean; interactive: boolean; context: CommandContext },
): Promise<ContainerExit> {
  const { stdin, stdout } = context;
  const raw = tty && interactive && stdin.isTTY;
  const forward = (signal: NodeJS.Signals) => void running.signal(signal);
  const resize = () => void running.resize(stdout.columns, stdout.rows);
  for (const signal of FORWARDED) process.on(signal, forward);
  if (tty && stdout.isTTY) process.on('SIGWINCH', resize);
  try {
    if (raw) stdin.setRawMode(true);
    return await running.exited;
  } finally {
    if (raw) stdin.setRawMode(false);
    process.off('SIGWINCH', resize);
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}
