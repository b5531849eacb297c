import type { Socket } from 'node:net';
import { KeelsonError } from '../../base/index.ts';
import type { Child, Fd, Kernel, Value } from '../../kernel/index.ts';
import { AF_UNIX, SOCK_STREAM, Struct, unixAddress } from '../../kernel/index.ts';
import type { ContainerProcessState, RuntimeSpec, RuntimeState } from '../../spec/index.ts';
import { OCI_VERSION } from '../../spec/index.ts';

const HEADING = 'System call filter';

/** The way of a filter's notification descriptor out of the process that it watches, to who answers for it. */
export interface SeccompListener {
  /** Issued on the process, right behind the call that gave it the descriptor. */
  pass(process: Kernel, descriptor: Value): void;
  /** Resolves when the descriptor has arrived. Whoever waits for the process waits for this too: it goes on only then. */
  passed: Promise<void>;
}

/** Does a rule leave calls to a listener? */
export function needsListener({ linux }: RuntimeSpec): boolean {
  return linux?.seccomp?.syscalls?.some(({ action }) => action === 'SCMP_ACT_NOTIFY') ?? false;
}

/** Connects to who will answer, before anything is made that could wait for the answers in vain. */
export function connectListener(runtime: Kernel, spec: RuntimeSpec): Fd | undefined {
  const path = spec.linux?.seccomp?.listenerPath;
  if (!needsListener(spec) || path === undefined) return undefined;
  runtime.step(HEADING, `connect to ${path}, who answers for calls`, 'linux.seccomp.listenerPath');
  const socket = runtime.socket(AF_UNIX, SOCK_STREAM, 0);
  runtime.connect(socket, unixAddress(path));
  return socket;
}

interface ListenerWay {
  socket: Fd | undefined;
  spec: RuntimeSpec;
  child: Child;
  state(pid: number): RuntimeState;
}

/**
 * The process tells the number of its descriptor by one write(2), the only call that must not wait for the listener, and
 * the runtime fetches it out of the process (pidfd_getfd(2), Linux 5.6). Sending it from there would make a call that a
 * profile may well leave to the listener.
 */
export function seccompListener(runtime: Kernel, way: ListenerWay): SeccompListener | undefined {
  const { socket } = way;
  if (socket === undefined) return undefined;
  const { promise: passed, resolve, reject } = Promise.withResolvers<void>();
  passed.catch(() => undefined); // told to who waits
  return {
    pass(process, descriptor) {
      const stream = process.openStream();
      const number = new Struct(Buffer.alloc(4), [{ at: 0, value: descriptor }]);
      process.issue({ name: 'write', args: [stream.fd, number, 4] }, () => undefined);
      // execve would close the descriptor before it was fetched.
      process.read(stream.fd, 1);
      process.close(stream.fd);
      forward(runtime, stream.socket, { ...way, socket }).then(resolve, reject);
    },
    passed,
  };
}

async function forward(
  runtime: Kernel,
  stream: Socket,
  { socket, spec, child, state }: ListenerWay & { socket: Fd },
): Promise<void> {
  const number = await readNumber(stream);
  const pid = await child.pid;
  const { listenerMetadata: metadata } = spec.linux?.seccomp ?? {};
  const message: ContainerProcessState = {
    ociVersion: OCI_VERSION,
    fds: ['seccompFd'],
    pid,
    ...(metadata === undefined ? {} : { metadata }),
    state: state(pid),
  };
  runtime.step(HEADING, 'hand the calls that wait to who answers for them', 'linux.seccomp.listenerPath');
  const descriptor = runtime.pidfdGetfd(child.pidfd, number);
  runtime.sendDescriptor(socket, descriptor, Buffer.from(JSON.stringify(message)));
  for (const fd of [descriptor, socket]) runtime.close(fd);
  await runtime.flush();
  stream.end('0');
}

async function readNumber(stream: Socket): Promise<number> {
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    // One write of four bytes comes as one.
    stream.once('data', resolve);
    stream.once('error', reject);
    stream.once('close', () => reject(gone()));
  });
  return bytes.readInt32LE(0);
}

function gone(): KeelsonError {
  const message = 'the process has gone before its system calls could be listened to';
  return new KeelsonError('unavailable', message, { code: 'SECCOMP_LISTENER' });
}
