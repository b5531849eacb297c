import type { CloneOptions, ExitEvent, Fd, Kernel, Value } from '../../kernel/index.ts';
import {
  CLOSE_RANGE_CLOEXEC,
  ECONNRESET,
  EPIPE,
  F_SETFD,
  MSG_NOSIGNAL,
  MSG_PEEK,
  SOCK_SEQPACKET,
} from '../../kernel/index.ts';

/** How criu is started. */
export interface CriuProgram {
  /** Absolute. */
  path: string;
  environment: readonly string[];
}

interface CriuStart {
  program: CriuProgram;
  cgroup?: CloneOptions['cgroup'];
  /** Descriptors that it gets, under the numbers that they have. */
  inherited?: readonly Fd[];
  /** What its process does before, and what is done to it. */
  prepare?: (child: Kernel, pid: number) => Promise<void>;
}

/** A message has a few hundred bytes; only what is said of an error can be longer. */
const LONGEST = 1 << 16;

/**
 * criu(8) as a child that serves one caller (`criu swrk`), over a socket that keeps messages apart. Its caller, whose
 * descriptors it opens by number and whose child a restored container becomes, is the process `runtime`.
 */
export class CriuProcess {
  readonly pid: Promise<number>;
  readonly exited: Promise<ExitEvent>;
  readonly #runtime: Kernel;
  readonly #socket: Fd;

  private constructor(runtime: Kernel, socket: Fd, child: { pid: Value; exited: Promise<ExitEvent> }) {
    this.#runtime = runtime;
    this.#socket = socket;
    this.pid = Promise.resolve(child.pid);
    this.exited = child.exited;
  }

  static async start(runtime: Kernel, start: CriuStart): Promise<CriuProcess> {
    const { program, cgroup, inherited = [], prepare } = start;
    runtime.step('Checkpoint', 'make the socket to criu');
    const [ours, theirs] = runtime.socketpair(SOCK_SEQPACKET);
    const child = runtime.clone(0, { name: 'criu', ...(cgroup === undefined ? {} : { cgroup }) });
    const { exited } = runtime.watch(child.pidfd);
    exited.catch(() => undefined); // told by whoever waits for it
    const { kernel } = child;
    try {
      // Flushed before the child is asked to do anything.
      const socket = await theirs;
      // With ours alone open, the end of criu is the end of what we read.
      runtime.close(theirs);
      await runtime.flush();
      await prepare?.(kernel, await child.pid);
      kernel.step('Checkpoint', 'become criu');
      kernel.closeRange(3, -1, CLOSE_RANGE_CLOEXEC);
      for (const fd of [theirs, ...inherited]) kernel.fcntl(fd, F_SETFD, 0);
      kernel.execve(program.path, ['criu', 'swrk', String(socket)], program.environment);
      await kernel.flush();
    } catch (error) {
      kernel.release();
      await exited;
      throw error;
    }
    return new CriuProcess(runtime, ours, { pid: child.pid, exited });
  }

  /** One that has gone already is noticed by the next `receive`. */
  async send(message: Uint8Array): Promise<void> {
    await this.#runtime.sendto(this.#socket, message, null, { allow: [EPIPE] });
  }

  /** The next message, which stays where it is until `drop` or `takeDescriptor`. Empty when criu has gone. */
  async receive(): Promise<Buffer> {
    this.#runtime.step('Checkpoint', 'wait for criu');
    return Buffer.from(await this.#take(LONGEST, MSG_PEEK));
  }

  /** The rest of a message goes with its first byte. */
  async drop(): Promise<void> {
    await this.#take(1, MSG_NOSIGNAL);
  }

  /** That criu has gone with a message unread is told once, before the messages that it sent. */
  async #take(size: number, flags: number): Promise<Buffer> {
    const take = () => this.#runtime.recvfrom(this.#socket, size, flags, { allow: [ECONNRESET] });
    const bytes = await take();
    return bytes.length > 0 ? bytes : await take();
  }

  /** The descriptor that came with a message, whose bytes go. */
  takeDescriptor(): Value {
    return this.#runtime.receiveDescriptor(this.#socket);
  }

  /** Ends the conversation, in whatever state, and waits for criu to go. */
  async end(): Promise<ExitEvent> {
    this.#runtime.close(this.#socket, { allow: 'any' });
    await this.#runtime.flush();
    return await this.exited;
  }
}
