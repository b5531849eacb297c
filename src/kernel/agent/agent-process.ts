import type { Socket } from 'node:net';
import { KeelsonError } from '../../base/index.ts';
import type { Call, Fd } from '../call.ts';
import { Struct, THIS_CHANNEL } from '../call.ts';
import type { Tracer } from '../call-issuer.ts';
import { ECANCELED } from '../errno.ts';
import type { ExitEvent } from '../exit-event.ts';
import { decodeExitEvent } from '../exit-event.ts';
import { heed, isHeeded } from '../heeded-promise.ts';
import type { TakenChild, WatchOptions } from '../kernel.ts';
import { Kernel } from '../kernel.ts';
import { SyscallError } from '../syscall-error.ts';
import type { Architecture } from '../syscall-numbers.ts';
import type { Outcome, Value } from '../value.ts';
import { Pending } from '../value.ts';
import { BatchWriter, withStep } from './batch-writer.ts';
import type { ChannelPair, Holder } from './channel-pool.ts';
import { ChannelPool } from './channel-pool.ts';
import { ChannelReader } from './channel-reader.ts';
import { ExitWatches } from './exit-watches.ts';
import { Flight } from './flight.ts';
import type { Reply, Result } from './frame.ts';
import { decodeResults, FRAME_EXIT_EVENT, malformed } from './frame.ts';
import { SlotTable } from './slot-table.ts';
import { UnansweredRecorder } from './unanswered-recorder.ts';

export interface AgentProcessOptions {
  name: string;
  architecture: Architecture;
  tracer?: Tracer | undefined;
  /** Channels that this process already has for children it will clone, and for streams. */
  pool?: ChannelPool;
  /** Makes one more channel whose other end is a descriptor in this process. */
  openChannel?: ((process: AgentProcess) => ChannelPair) | undefined;
  slots?: SlotTable;
}

/** A child whose clone is about to be issued, with the channels made for it. */
interface Unborn {
  child: AgentProcess;
  pairs: readonly ChannelPair[];
}

/** A process of the agent: executes the calls issued here, in order, one batch a flush. */
export class AgentProcess extends Kernel implements Holder {
  readonly closed: Promise<void>;
  readonly name: string;
  readonly #options: AgentProcessOptions;
  readonly #socket: Socket;
  readonly #reader: ChannelReader;
  #writer: BatchWriter;
  #isApart = false;
  readonly #pool: ChannelPool;
  readonly #watches: ExitWatches;
  readonly #flights: Flight[] = [];
  readonly #onError = (error: Error) => this.#lose(error);
  readonly #onEnd = () => this.#socket.destroy();
  readonly #onClose: () => void;
  #sequence = 0;
  #last: Flight | undefined;
  /** The last failure. As long as nobody was told of it, nothing more is sent. */
  #failure: Error | undefined;
  #gone: Error | undefined;
  #unborn: Unborn | undefined;
  /** Descriptors to be given up if this process goes on after its execve. */
  readonly #owed: number[] = [];
  readonly #children = new Set<AgentProcess>();
  /** Sends the call that gives birth to this process, if that still waits. */
  #sendBirth: (() => void) | undefined;
  #rawStream = false;

  constructor(socket: Socket, options: AgentProcessOptions) {
    super();
    this.name = options.name;
    this.#options = options;
    this.#socket = socket;
    this.#pool = options.pool ?? new ChannelPool();
    this.#pool.join(this);
    this.#writer = new BatchWriter(options.architecture, options.slots ?? new SlotTable());
    this.#watches = new ExitWatches(() => void this.flush());
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#reader = new ChannelReader(socket, (reply) => this.#receive(reply));
    this.#onClose = () => {
      this.#lose(undefined);
      resolve();
    };
    socket.on('error', this.#onError).on('end', this.#onEnd).on('close', this.#onClose);
  }

  override issue<T>(call: Call, decode: (outcome: Outcome) => T): Pending<T> {
    const pending = new Pending<T>(this, decode);
    // A value is only ever taken from the outcome's number, so the decoded type does not matter to the writer.
    const value = pending as unknown as Value;
    if (!this.#writer.add(call, value, this.currentStep)) {
      void this.flush();
      if (!this.#writer.add(call, value, this.currentStep)) {
        throw new KeelsonError('invalid', `${call.name} takes more memory than one batch has`, {
          code: 'BATCH_TOO_LARGE',
          hint: 'write less than a mebibyte at once',
        });
      }
    }
    if (this.#unborn && call.operation && call.name === 'clone') this.#expectBirth(pending, this.#unborn);
    return pending;
  }

  override async settled(pending: Pending<unknown>): Promise<Outcome> {
    if (pending.issuer !== this) throw new TypeError('the call belongs to another process');
    if (!pending.outcome && !pending.failure) {
      void this.flush();
      await new Promise<void>((resolve) => pending.onSettled(resolve));
    }
    if (pending.failure) heed(pending.failure);
    if (pending.outcome) return pending.outcome;
    throw pending.failure ?? new TypeError('the call has no answer');
  }

  override async connected(): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || !socket.pending) return;
    await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', () => resolve()));
  }

  override flush(): Promise<void> {
    this.#sendBirth?.();
    if (this.#writer.length > 0) {
      const flight = this.#launch(this.#writer);
      if (!this.#isApart) this.#last = flight;
      return flight.done.promise;
    }
    const last = this.#last;
    const isNews = last && (last.result === 'open' || (last.result !== 'made' && !isHeeded(last.result)));
    return isNews ? last.done.promise : Promise.resolve();
  }

  override apart<T>(work: () => T): T {
    const queue = this.#writer;
    this.#writer = new BatchWriter(queue.architecture, queue.slots);
    this.#isApart = true;
    try {
      return work();
    } finally {
      void this.flush();
      this.#writer = queue;
      this.#isApart = false;
    }
  }

  override async depart(work: (last: Kernel) => void): Promise<void> {
    await this.flush();
    const recorder = new UnansweredRecorder(this.#writer, 'stop');
    work(recorder);
    const { frame, release } = recorder.take();
    const { promise: sent, resolve } = Promise.withResolvers<void>();
    this.#socket.once('close', resolve);
    this.#socket.end(frame, resolve);
    await sent;
    this.release();
    release();
  }

  #launch(writer: BatchWriter): Flight {
    const apart = this.#isApart;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) >>> 0;
    const trace = this.#options.tracer !== undefined;
    // What an answer that is not here yet may stop is stopped in the agent; what nobody was told of stops it here.
    const chained = !apart && this.#flights.some((flight) => !flight.apart);
    const { calls, frame } = writer.take({ sequence, trace, chained, apart });
    const flight = new Flight(calls, { sequence, apart });
    const refusal = this.#gone ?? (apart || !this.#failure || isHeeded(this.#failure) ? undefined : this.#failure);
    if (refusal) {
      this.#fail(flight, refusal);
    } else {
      this.#flights.push(flight);
      this.#socket.write(frame);
    }
    return flight;
  }

  override watch(pidfd: Fd, options: WatchOptions = {}): { id: Value; exited: Promise<ExitEvent> } {
    const { statusFile = -1, stay = false, afterwards } = options;
    const recorder = afterwards && new UnansweredRecorder(this.#writer, 'pass');
    if (recorder) afterwards(recorder);
    const later = recorder?.take();
    const request = later ? new Struct(later.frame, [], { shown: '{calls to make at the exit}' }) : null;
    const args = [pidfd, statusFile, stay ? 1 : 0, request, request?.bytes.length ?? 0];
    const id = this.number({ name: 'watch', operation: true, args });
    return { id, exited: this.#watches.add(id, later?.release) };
  }

  /** The exit that a watch of this number tells, for a monitor that another program set to watch. */
  exitOf(id: number): Promise<ExitEvent> {
    return this.#watches.of(id, this.#gone);
  }

  protected override takeChild(name: string, channels: number): TakenChild {
    const { architecture, tracer, openChannel } = this.#options;
    const pair = this.#takePair();
    // A resident agent accepts its children's connections itself, in the order of connecting: several processes that
    // accept from one socket would take each other's. Pipes made at the start are known by number to everybody.
    const own = openChannel ? Array.from({ length: channels }, () => openChannel(this)) : [];
    const pool = openChannel ? new ChannelPool(own) : this.#pool;
    const slots = new SlotTable(this.#writer.slots);
    const child = new AgentProcess(pair.socket, { name, architecture, tracer, slots, pool });
    this.#unborn = { child, pairs: [pair, ...own] };
    this.#children.add(child);
    void child.closed.then(() => this.#children.delete(child));
    return { channel: pair.fd, kernel: child, inherited: own.map((p) => p.fd) };
  }

  #expectBirth(pid: Pending<unknown>, { child, pairs }: Unborn): void {
    this.#unborn = undefined;
    const writer = this.#writer;
    const { batch } = writer;
    child.#sendBirth = () => {
      if (this.#writer === writer && writer.batch === batch) void this.flush();
    };
    pid.onSettled(() => {
      if (!pid.failure) return;
      child.#lose(pid.failure);
      child.release();
      for (const { fd } of pairs) this.giveUp(fd);
    });
  }

  beBorn(): void {
    this.#sendBirth?.();
  }

  /**
   * Closes a descriptor of ours at once, whatever waits or failed. During an execve only once that has failed: the new
   * program has none of ours, and writing to the channel that it closed would lose what came before the close.
   */
  giveUp(fd: Fd): void {
    const known = typeof fd === 'number' ? fd : fd.outcome?.value;
    if (this.#gone || known === undefined || known < 0) return;
    if (this.#flights.some((flight) => flight.leaves)) this.#owed.push(known);
    else this.apart(() => this.close(known, { allow: 'any' }));
  }

  #payOwed(): void {
    for (const fd of this.#owed.splice(0)) this.giveUp(fd);
  }

  override openStream(): ChannelPair {
    return this.#takePair();
  }

  #takePair(): ChannelPair {
    const pair = this.#pool.take(this) ?? this.#options.openChannel?.(this);
    if (pair) return pair;
    throw new KeelsonError('exhausted', `the ${this.name} process has no channel left for another child or stream`, {
      code: 'NO_CHANNEL',
      hint: 'ask for more `channels` where the agent is started or the process is cloned',
    });
  }

  override release(): void {
    this.#socket.destroy();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    const children = [...this.#children].map((child) => child[Symbol.asyncDispose]());
    this.release();
    await Promise.all([this.closed, ...children]);
  }

  /**
   * Hands the socket over as a stream, once the answer to a `pump` with THIS_CHANNEL is here: what comes after that
   * answer is the stream's. The socket is paused.
   */
  detachSocket(): Socket {
    if (!this.#rawStream) throw new TypeError('the channel is no raw stream yet: await a pump with THIS_CHANNEL first');
    this.#socket.off('error', this.#onError).off('end', this.#onEnd).off('close', this.#onClose);
    const rest = this.#reader.takeRest();
    if (rest.length > 0) this.#socket.unshift(rest);
    return this.#socket;
  }

  #receive(reply: Reply): void {
    if (reply.type === FRAME_EXIT_EVENT) {
      this.#watches.tell(reply.sequence, decodeExitEvent(reply.body));
      return;
    }
    const flight = this.#flights[0];
    if (
      !flight ||
      flight.sequence !== reply.sequence ||
      reply.done > flight.calls.length ||
      reply.done < flight.settled
    ) {
      throw malformed('an answer to what was not asked');
    }
    const cancelled = reply.done === 0 && reply.error === ECANCELED;
    const trace = this.#options.tracer !== undefined;
    const results = decodeResults(reply.body, { count: reply.done - flight.settled, trace });
    const good = reply.error ? results.slice(0, -1) : results;
    for (const result of good) this.#settle(flight, result);
    flight.announced = true;
    if (reply.error) {
      this.#flights.shift();
      const last = results.at(-1);
      if (last) this.#trace(flight, last);
      this.#fail(flight, (cancelled && this.#failure) || failureOf(flight, reply.error));
      this.#payOwed();
    } else if (reply.done === flight.calls.length) {
      this.#flights.shift();
      flight.succeed();
      this.#payOwed();
      if (flight.calls.some(({ call }) => call.name === 'pump' && call.args.includes(THIS_CHANNEL))) this.#becomeRaw();
    }
  }

  #settle(flight: Flight, result: Result): void {
    this.#trace(flight, result);
    const queued = flight.calls[flight.settled++];
    if (!queued) return;
    queued.pending.succeed(result);
    this.#writer.slots.release(queued.pending);
  }

  #trace(flight: Flight, result: Partial<Result> & { value: number }): void {
    const queued = this.#options.tracer && flight.calls[flight.settled];
    if (!queued) return;
    const { value, start, duration } = result;
    const call = withStep(queued);
    this.#options.tracer?.({ process: this.name, call, batch: flight.sequence, value, start, duration });
  }

  #fail(flight: Flight, error: Error): void {
    if (!flight.apart) this.#failure = error;
    flight.fail(error);
    for (const { pending } of flight.calls) this.#writer.slots.release(pending);
  }

  #becomeRaw(): void {
    this.#rawStream = true;
    this.#reader.stop();
    this.#lose(undefined);
  }

  #lose(cause: Error | undefined): void {
    if (this.#gone) return;
    // A child that was never born tells why.
    this.#gone =
      cause instanceof KeelsonError
        ? cause
        : new KeelsonError('unavailable', `the ${this.name} process is gone`, {
            code: 'AGENT_GONE',
            hint: 'it was killed, perhaps for want of memory: is a memory limit too low?',
            cause,
          });
    for (const flight of this.#flights.splice(0)) {
      if (flight.hasLeft) this.#settleLeaving(flight);
      if (flight.settled === flight.calls.length) flight.succeed();
      else this.#fail(flight, this.#gone);
    }
    this.#watches.lose(this.#gone);
    this.#pool.leave(this);
  }

  /** The channel closed at execve or exit: the call did what it should. */
  #settleLeaving(flight: Flight): void {
    this.#settle(flight, { value: 0, bytes: Buffer.alloc(0), start: undefined, duration: undefined });
  }
}

function failureOf(flight: Flight, errno: number): Error {
  const queued = flight.calls[flight.settled];
  if (!queued) return malformed('the failure of a call that was not made');
  const call = withStep(queued);
  return call.failure?.(errno, call) ?? new SyscallError(call, errno);
}
