import { resolve } from 'node:path';
import { invalid } from '../base/index.ts';
import type { StdioPlan } from '../runtime/index.ts';
import type { Process } from '../spec/index.ts';
import { standardStreams } from './checkpoint/external-descriptors.ts';
import type { CommandCall } from './command.ts';

/**
 * Where the streams of a program lead: to the caller's own descriptors, to a terminal whose outer end goes to the
 * `--console-socket`, or to one that we stand between the caller's terminal and the program.
 * @throws KeelsonError invalid `CONSOLE`, with runc's texts
 */
export function processStdio({ context, flags }: CommandCall, process: Process, detached: boolean): StdioPlan {
  const socket = flags.value('console-socket') || undefined;
  const terminal = process.terminal ?? false;
  if (detached && terminal && socket === undefined) {
    throw invalid('CONSOLE', 'cannot allocate tty if runc will detach without setting console socket');
  }
  if (socket !== undefined && !(detached && terminal)) {
    throw invalid('CONSOLE', 'cannot use console socket if runc will not detach or allocate tty');
  }
  const preservedDescriptors = preserved({ context, flags });
  const { height = 24, width = 80 } = process.consoleSize ?? {};
  const size = { columns: width, rows: height };
  if (socket !== undefined) {
    const consoleSocket = resolve(context.folder, socket);
    return { terminal: size, consoleSocket, stdin: 'none', stdout: 'none', stderr: 'none', preservedDescriptors };
  }
  if (terminal) return { terminal: size, stdin: 'agent', stdout: 'agent', stderr: 'none', preservedDescriptors };
  const nullStreams = standardStreams(context.pid).flatMap((path, fd) => (path === '/dev/null' ? [fd] : []));
  return { stdin: 'agent', stdout: 'agent', stderr: 'agent', direct: true, nullStreams, preservedDescriptors };
}

/** Those of socket activation (sd_listen_fds(3)) come first, then those that the flag counts. */
function preserved({ context, flags }: Pick<CommandCall, 'context' | 'flags'>): number {
  return listenDescriptors(context.env) + (flags.number('preserve-fds') ?? 0);
}

function listenDescriptors(env: Readonly<Record<string, string | undefined>>): number {
  const count = Number(env.LISTEN_FDS ?? 0);
  return Number.isInteger(count) && count > 0 ? count : 0;
}

/** What tells the program of the descriptors from socket activation: it is process 1, and they begin at 3. */
export function withListenDescriptors(program: Process, env: CommandCall['context']['env']): Process {
  const count = listenDescriptors(env);
  if (count === 0) return program;
  return { ...program, env: [...(program.env ?? []), `LISTEN_FDS=${count}`, 'LISTEN_PID=1'] };
}
