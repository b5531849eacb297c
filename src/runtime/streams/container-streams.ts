import type { Socket } from 'node:net';
import type { Fd, Kernel } from '../../kernel/index.ts';
import {
  AF_UNIX,
  AT_FDCWD,
  O_APPEND,
  O_CREAT,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDWR,
  O_WRONLY,
  SIGPIPE,
  SOCK_STREAM,
  TIOCSWINSZ,
  unixAddress,
} from '../../kernel/index.ts';
import type { StdioEnd, StdioPlan } from '../launch-plan.ts';
import { windowSize } from './window-size.ts';

const HEADING = 'Terminal and streams';

/** The container's ends of its standard streams, and what moves the bytes on the other side. */
export interface ContainerStreams {
  /** What becomes 0, 1 and 2 inside; undefined: they stay what they are, or a terminal comes in their place. */
  inside: readonly [Fd, Fd, Fd] | undefined;
  /** Through this socket the container's terminal comes out. */
  terminalSocket: Fd | undefined;
  /** To be called when the child is there: closes its ends here and starts to move bytes. */
  connect(runtime: Kernel): void;
  stdin: Socket | undefined;
  stdout: Socket | undefined;
  stderr: Socket | undefined;
  resize(columns: number, rows: number): Promise<void>;
}

/** Makes pipes, or the way for a terminal, before the child is born: it inherits its ends. */
export function prepareStreams(runtime: Kernel, plan: StdioPlan): ContainerStreams {
  runtime.step(HEADING, plan.terminal ? 'make a way for the terminal to come out' : 'make the standard streams');
  const log = plan.log === undefined ? undefined : openLog(runtime, plan.log);
  const endpoints = {
    stdin: openEnd(runtime, plan.stdin, 0),
    stdout: openEnd(runtime, plan.stdout, 1),
    stderr: openEnd(runtime, plan.stderr, 2),
  };
  for (const fd of plan.ownTerminals ?? []) reopenTerminal(runtime, fd);
  const sockets = {
    stdin: endpoints.stdin.socket,
    stdout: endpoints.stdout.socket,
    stderr: endpoints.stderr.socket,
  };
  if (plan.consoleSocket !== undefined) {
    return { ...unconnected, ...sockets, terminalSocket: connectConsole(runtime, plan.consoleSocket) };
  }
  if (plan.direct) return { ...unconnected, ...sockets };
  const made = plan.terminal
    ? terminalStreams(runtime, endpoints, log)
    : pipeStreams(runtime, plan, { endpoints, log });
  return { ...made, ...sockets };
}

const unconnected = {
  inside: undefined,
  terminalSocket: undefined,
  connect: () => undefined,
  resize: () => Promise.resolve(),
};

/** Whoever listens there gets the outer end of the terminal itself, as an engine's shim wants it (runc, docs/terminals.md). */
function connectConsole(runtime: Kernel, path: string): Fd {
  runtime.step(HEADING, `connect to the console socket ${path}`, '--console-socket');
  const socket = runtime.socket(AF_UNIX, SOCK_STREAM, 0);
  runtime.connect(socket, unixAddress(path));
  return socket;
}

interface Endpoint {
  /** -1: nowhere. */
  fd: Fd;
  socket: Socket | undefined;
}

type Endpoints = Record<'stdin' | 'stdout' | 'stderr', Endpoint>;

function openLog(runtime: Kernel, path: string): Fd {
  return runtime.openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT, 0o600);
}

function openEnd(runtime: Kernel, end: StdioEnd, own: 0 | 1 | 2): Endpoint {
  if (end === 'agent') return { fd: own, socket: undefined };
  if (end === 'none') return { fd: -1, socket: undefined };
  return runtime.openStream();
}

/**
 * The same terminal by an open file of our own, which can be non-blocking: the one that we were given is also the shell's.
 * Where that is refused (the terminal of another user), it stays as it is, and the pump writes small pieces.
 */
function reopenTerminal(runtime: Kernel, fd: 1 | 2): void {
  const flags = O_WRONLY | O_NOCTTY | O_NONBLOCK;
  const file = runtime.openat(AT_FDCWD, `/proc/self/fd/${fd}`, flags, 0, { allow: 'any' });
  runtime.dup3(file, fd, 0, { allow: 'any' });
  runtime.close(file, { allow: 'any' });
}

type Made = Omit<ContainerStreams, 'stdin' | 'stdout' | 'stderr'>;

function pipeStreams(
  runtime: Kernel,
  plan: StdioPlan,
  { endpoints, log }: { endpoints: Endpoints; log: Fd | undefined },
): Made {
  const nowhere = runtime.openat(AT_FDCWD, '/dev/null', O_RDWR);
  const input = plan.stdin === 'none' ? undefined : runtime.pipe2(0);
  const wanted = (end: StdioEnd) => end !== 'none' || log !== undefined;
  const output = wanted(plan.stdout) ? runtime.pipe2(0) : undefined;
  const errors = wanted(plan.stderr) ? runtime.pipe2(0) : undefined;
  const connect = (kernel: Kernel) => {
    kernel.step(HEADING, 'move what is read and written');
    // A reader that has gone is an error of write(2) to the pump, not the end of the monitor.
    kernel.setSignalAction(SIGPIPE, 1);
    for (const fd of [nowhere, input?.[0], output?.[1], errors?.[1]]) if (fd !== undefined) kernel.close(fd);
    if (input) {
      kernel.fcntl(input[1], 4 /* F_SETFL */, O_WRONLY | O_NONBLOCK);
      kernel.pump({ from: endpoints.stdin.fd, to: input[1], closeAtEnd: true });
    }
    const outputs = [
      [output, endpoints.stdout, 1],
      [errors, endpoints.stderr, 2],
    ] as const;
    for (const [pipe, end, stream] of outputs) {
      if (!pipe) continue;
      const closeAtEnd = end.socket !== undefined;
      kernel.pump({ from: pipe[0], to: end.fd, stream, closeAtEnd, ...(log === undefined ? {} : { log }) });
    }
  };
  const inside = [input?.[0] ?? nowhere, output?.[1] ?? nowhere, errors?.[1] ?? nowhere] as const;
  return { inside, terminalSocket: undefined, connect, resize: () => Promise.resolve() };
}

function terminalStreams(runtime: Kernel, endpoints: Endpoints, log: Fd | undefined): Made {
  const [ours, theirs] = runtime.socketpair(SOCK_STREAM);
  let master: Fd | undefined;
  const connect = (kernel: Kernel) => {
    kernel.step(HEADING, "take the container's terminal and move what is typed and printed");
    kernel.setSignalAction(SIGPIPE, 1);
    // Closed here, so that the wait for the terminal ends if the child fails before it sends it.
    kernel.close(theirs);
    master = kernel.receiveDescriptor(ours);
    kernel.close(ours);
    const closeAtEnd = endpoints.stdout.socket !== undefined;
    kernel.pump({
      from: master,
      to: endpoints.stdout.fd,
      stream: 1,
      closeAtEnd,
      ...(log === undefined ? {} : { log }),
    });
    if (endpoints.stdin.fd !== -1) kernel.pump({ from: endpoints.stdin.fd, to: master });
  };
  const resize = async (columns: number, rows: number) => {
    if (master === undefined) return;
    runtime.ioctl(master, TIOCSWINSZ, windowSize(columns, rows), { allow: 'any' });
    await runtime.flush();
  };
  return { inside: undefined, terminalSocket: theirs, connect, resize };
}
