import type { Socket } from 'node:net';
import type { Fd } from './call.ts';
import { Flags, type THIS_CHANNEL, Within } from './call.ts';
import { BpfCalls } from './calls/bpf-calls.ts';
import { CLONE_INTO_CGROUP, CLONE_PARENT, CLONE_PIDFD } from './constants/clone.ts';
import type { ExitEvent } from './exit-event.ts';
import type { Value } from './value.ts';

/** A child made by clone: as its parent sees it, and the calls made inside it. */
export interface Child {
  /** In the parent's pid namespace. */
  pid: Value;
  /** A descriptor of the child, in the parent. */
  pidfd: Value;
  /** The child itself: calls issued here run in it, in its namespaces. */
  kernel: Kernel;
}

/** What a kernel makes for a child before its clone. */
export interface TakenChild {
  /** The descriptor that the child will serve. */
  channel: Fd;
  kernel: Kernel;
  /** Descriptors that only the child keeps. */
  inherited: readonly Fd[];
}

export interface CloneOptions {
  /** A cgroup v2 folder to be born in (Linux 5.7). */
  cgroup?: Fd;
  /** The child is one of our own parent (CLONE_PARENT), which waits for it. */
  sibling?: boolean;
  /** What `--explain` calls the child. */
  name?: string;
  /** How many channels a child of a resident agent gets for its own children and streams. */
  channels?: number;
}

export interface Pump {
  /** Read end; -1 as `to` means to the log alone. THIS_CHANNEL turns the connection into a raw stream. */
  from: Fd | typeof THIS_CHANNEL;
  to?: Fd | typeof THIS_CHANNEL;
  log?: Fd;
  /** Number in the log's records: 1 stdout, 2 stderr. 0: input, which is not drained at the exit. */
  stream?: number;
  /** Close `to` when `from` ends, as for the standard input. */
  closeAtEnd?: boolean;
}

/**
 * The system calls of Linux, made in one certain process: one method per call, in the order in which they are issued.
 * Nothing waits until a `Pending` is awaited or `flush` is called; until then calls gather in one batch.
 */
export abstract class Kernel extends BpfCalls {
  /** A channel for a child, and `channels` more that the child will have for its own children and streams. */
  protected abstract takeChild(name: string, channels: number): TakenChild;

  /** A byte stream between this program and the process: our end, and the descriptor there. */
  abstract openStream(): { socket: Socket; fd: Fd };

  /** Resolves when the process or its channel has gone. */
  abstract readonly closed: Promise<void>;

  /** clone3(2): a child in the new namespaces of `flags` (CLONE_NEW*), with a channel of its own. */
  clone(flags: number | bigint, options: CloneOptions = {}): Child {
    const { channel, kernel, inherited } = this.takeChild(options.name ?? 'child', options.channels ?? 0);
    // Constants joined by | are a signed 32-bit number.
    let all = (flags < 0 ? BigInt.asUintN(32, BigInt(flags)) : BigInt(flags)) | BigInt(CLONE_PIDFD);
    if (options.sibling) all |= BigInt(CLONE_PARENT);
    if (options.cgroup !== undefined) all |= BigInt(CLONE_INTO_CGROUP);
    const { structure, pidfd } = this.cloneArgs(all, options.cgroup);
    const args = [new Flags(all, 'CLONE_'), structure, structure.bytes.length, channel];
    const pid = this.number({ name: 'clone', operation: true, args: args.slice(1), shownArgs: args.slice(0, 1) });
    const child = this.number({ name: 'load', operation: true, args: [new Within(pidfd, 0)] });
    for (const fd of [channel, ...inherited]) this.close(fd);
    return { pid, pidfd: child, kernel };
  }

  /** Tells when a child has gone: `exited` resolves then, after its output was moved. */
  abstract watch(pidfd: Fd, options?: WatchOptions): { id: Value; exited: Promise<ExitEvent> };

  /** Moves bytes inside the agent until the source ends. */
  pump(pump: Pump): Value {
    const { from, to = -1, log = -1, stream = 0, closeAtEnd = false } = pump;
    return this.number({ name: 'pump', operation: true, args: [from, to, log, stream, closeAtEnd ? 1 : 0] });
  }

  /** Every connection to a listening Unix socket, by the same user, becomes a channel to this process. */
  serve(listener: Fd): Value {
    return this.number({ name: 'listen', operation: true, args: [listener] });
  }

  /** Becomes an init for `pid`: forwards signals, reaps, leaves with its status. */
  becomeInit(pid: number | Value): void {
    this.number({ name: 'init', operation: true, args: [pid] });
  }

  /**
   * Leaves the process to itself: once all that was issued is done, it makes the calls that `work` issues, up to the
   * first that fails, and lives as long as they take, also when this program ends. Resolves when they are on their way.
   */
  abstract depart(work: (last: Kernel) => void): Promise<void>;

  /** Lets the process go: closes its channel. */
  abstract release(): void;

  /** Lets the process and all its children go, and waits for their channels to be closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    await this.closed;
  }
}

export interface WatchOptions {
  /** Gets the 24 bytes of an exit event when it comes. */
  statusFile?: Fd;
  /** Keep the watching process alive without a channel: it is a monitor. */
  stay?: boolean;
  /** Calls to make when the exit has been told, and with `stay` every channel been closed; nobody reads their results. */
  afterwards?: (kernel: Kernel) => void;
}
