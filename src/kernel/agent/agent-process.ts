import type { Socket } from 'node:net';
import { KeelsonError } from '../../base/error.ts';
import type { Call, Fd } from '../call.ts';
import { Struct } from '../call.ts';
import type { Tracer } from '../call-issuer.ts';
import type { ExitEvent } from '../exit-event.ts';
import { decodeExitEvent } from '../exit-event.ts';
import type { WatchOptions } from '../kernel.ts';
import { Kernel } from '../kernel.ts';
import { SyscallError } from '../syscall-error.ts';
import type { Architecture } from '../syscall-numbers.ts';
import type { Outcome, Value } from '../value.ts';
import { Pending } from '../value.ts';
import { BatchWriter, SlotTable } from './batch-writer.ts';
import { ChannelReader } from './channel-reader.ts';
import type { QueuedCall, Reply } from './frame.ts';
import { decodeResults, FRAME_EXEC_FAILED, FRAME_EXIT_EVENT } from './frame.ts';

/** One end of a channel: the socket here, and the descriptor in the agent that a child will serve. */
export interface ChannelPair {
  socket: Socket;
  fd: Fd;
}

export interface AgentProcessOptions {
  name: string;
  architecture: Architecture;
  tracer?: Tracer | undefined;
  /** Channels that this process already has for children it will clone. */
  spare?: ChannelPair[];
  /** Makes one more channel whose other end is a descriptor in this process. */
  openChannel?: ((process: AgentProcess) => ChannelPair) | undefined;
  slots?: SlotTable;
}

interface Flight {
  calls: QueuedCall[];
  done: PromiseWithResolvers<void>;
  executes: boolean;
  /** The answer came; what is left is to learn whether execve took over. */
  answered: boolean;
}

/** A process of the agent: executes the calls issued here, in order, one batch a flush. */
export class AgentProcess extends Kernel {
  readonly closed: Promise<void>;
  readonly name: string;
  readonly #options: AgentProcessOptions;
  readonly #socket: Socket;
  readonly #writer: BatchWriter;
  readonly #flights: Flight[] = [];
  readonly #failures = new Map<Pending<unknown>, Error>();
  readonly #watches = new Map<number, PromiseWithResolvers<ExitEvent>>();
  readonly #early = new Map<number, ExitEvent>();
  #sequence = 0;
  #gone: Error | undefined;

  constructor(socket: Socket, options: AgentProcessOptions) {
    super();
    this.name = options.name;
    this.#options = options;
    this.#socket = socket;
    this.#writer = new BatchWriter(options.architecture, options.slots ?? new SlotTable());
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    new ChannelReader(socket, (reply) => this.#receive(reply));
    socket.on('error', (error) => this.#lose(error));
    socket.on('close', () => {
      this.#lose(undefined);
      resolve();
    });
  }

  override issue<T>(call: Call, decode: (outcome: Outcome) => T): Pending<T> {
    const step = this.currentStep;
    const complete = step && !call.step ? { ...call, step } : call;
    const pending = new Pending<T>(this, decode);
    // A value is only ever taken from the outcome's number, so the decoded type does not matter to the writer.
    this.#writer.add(complete, pending as unknown as Value);
    return pending;
  }

  override async settled(pending: Pending<unknown>): Promise<Outcome> {
    if (!pending.outcome && !this.#failures.has(pending)) {
      const flushed = this.flush();
      await flushed.catch(() => undefined);
      if (!pending.outcome && !this.#failures.has(pending)) await Promise.all(this.#flights.map((f) => f.done.promise));
    }
    const failure = this.#failures.get(pending);
    if (failure) throw failure;
    if (!pending.outcome) throw new TypeError('the call belongs to another process');
    return pending.outcome;
  }

  override flush(): Promise<void> {
    if (this.#writer.length === 0) return this.#flights.at(-1)?.done.promise ?? Promise.resolve();
    const trace = this.#options.tracer !== undefined;
    const options = { sequence: this.#sequence++, trace, chained: this.#flights.length > 0 };
    const { calls, frame } = this.#writer.take(options);
    const last = calls.at(-1)?.call.name;
    const done = Promise.withResolvers<void>();
    // The caller may hold the promise while it waits for another process that fails first.
    done.promise.catch(() => undefined);
    const flight = { calls, done, executes: last === 'execve' || last === 'execveat', answered: false };
    if (this.#gone) {
      this.#fail(flight, this.#gone, 0);
      return done.promise;
    }
    this.#flights.push(flight);
    this.#socket.write(frame);
    return done.promise;
  }

  override watch(pidfd: Fd, options: WatchOptions = {}): { id: Value; exited: Promise<ExitEvent> } {
    const request = options.afterwards ? this.#recordAfterwards(options.afterwards) : null;
    const args = [pidfd, options.statusFile ?? -1, options.stay ? 1 : 0, request, request?.bytes.length ?? 0];
    const id = this.number({ name: 'watch', operation: true, args });
    const exited = Promise.withResolvers<ExitEvent>();
    exited.promise.catch(() => undefined);
    id.then(
      (number) => {
        const early = this.#early.get(number);
        this.#early.delete(number);
        if (early) exited.resolve(early);
        else if (this.#gone) exited.reject(this.#gone);
        else this.#watches.set(number, exited);
      },
      (error) => exited.reject(error),
    );
    return { id, exited: exited.promise };
  }

  #recordAfterwards(record: (kernel: Kernel) => void): Struct {
    const recorder = new AfterwardsRecorder(this.#writer);
    record(recorder);
    return new Struct(recorder.frame(), [], { shown: '{calls to make at the exit}' });
  }

  protected override takeChild(name: string, channels: number): { channel: Fd; kernel: Kernel; inherited: readonly Fd[] } {
    const pair = this.#takePair();
    const { architecture, tracer, openChannel } = this.#options;
    // A resident agent accepts its children's connections itself, in the order of connecting: several processes that
    // accept from one socket would take each other's. Pipes made at the start are known by number to everybody.
    const own = openChannel ? Array.from({ length: channels }, () => openChannel(this)) : undefined;
    const slots = new SlotTable(this.#writer.slots);
    const spare = own ? [...own] : (this.#options.spare ?? []);
    const kernel = new AgentProcess(pair.socket, { name, architecture, tracer, slots, spare });
    return { channel: pair.fd, kernel, inherited: own?.map((p) => p.fd) ?? [] };
  }

  override openStream(): ChannelPair {
    return this.#takePair();
  }

  #takePair(): ChannelPair {
    const pair = this.#options.spare?.shift() ?? this.#options.openChannel?.(this);
    if (!pair) throw new TypeError('no channel is left for another child or stream');
    return pair;
  }

  override release(): void {
    this.#socket.destroy();
  }

  /** Hands the socket over, once a pump has taken the agent's end as a raw stream. */
  detachSocket(): Socket {
    this.#socket.removeAllListeners();
    return this.#socket;
  }

  #receive(reply: Reply): void {
    if (reply.type === FRAME_EXIT_EVENT) {
      const event = decodeExitEvent(reply.body);
      const watch = this.#watches.get(reply.sequence);
      this.#watches.delete(reply.sequence);
      if (watch) watch.resolve(event);
      else this.#early.set(reply.sequence, event);
      return;
    }
    const flight = this.#flights[0];
    if (!flight) return;
    if (reply.type === FRAME_EXEC_FAILED) {
      this.#flights.shift();
      this.#fail(flight, syscallError(flight, reply.done, reply.error), reply.done);
      return;
    }
    this.#settle(flight, reply);
    if (reply.error) {
      this.#flights.shift();
      this.#fail(flight, syscallError(flight, Math.max(0, reply.done - 1), reply.error), Math.max(0, reply.done - 1));
    } else if (reply.done === flight.calls.length) {
      this.#flights.shift();
      flight.done.resolve();
    } else flight.answered = true;
  }

  #settle(flight: Flight, reply: Reply): void {
    const { tracer } = this.#options;
    decodeResults(reply, tracer !== undefined).forEach((result, i) => {
      const queued = flight.calls[i];
      if (!queued) return;
      queued.pending.outcome = { value: result.value, bytes: result.bytes };
      const { value, start, duration } = result;
      tracer?.({ process: this.name, call: queued.call, value, start, duration });
    });
  }

  #fail(flight: Flight, error: Error, from: number): void {
    for (const { pending } of flight.calls.slice(from)) {
      pending.outcome = undefined;
      this.#failures.set(pending, error);
    }
    flight.done.reject(error);
  }

  #lose(cause: Error | undefined): void {
    if (this.#gone) return;
    this.#gone = new KeelsonError('unavailable', `the ${this.name} process is gone`, { code: 'AGENT_GONE', cause });
    for (const flight of this.#flights.splice(0)) {
      if (flight.executes && flight.answered) this.#executed(flight);
      else this.#fail(flight, this.#gone, 0);
    }
    for (const watch of this.#watches.values()) watch.reject(this.#gone);
  }

  /** The channel closed at execve: the program runs. */
  #executed(flight: Flight): void {
    const last = flight.calls.at(-1);
    if (last) {
      last.pending.outcome = { value: 0, bytes: Buffer.alloc(0) };
      this.#options.tracer?.({ process: this.name, call: last.call, value: 0, start: undefined, duration: undefined });
    }
    flight.done.resolve();
  }
}

function syscallError(flight: Flight, index: number, errno: number): Error {
  const queued = flight.calls[index];
  return queued
    ? (queued.call.failure?.(errno, queued.call) ?? new SyscallError(queued.call, errno))
    : new KeelsonError('internal', 'the agent answered a call that was not made', { code: 'AGENT_ANSWER' });
}

/** Turns calls into a request that is kept for later instead of being sent. */
class AfterwardsRecorder extends Kernel {
  readonly closed = Promise.resolve();
  readonly #writer: BatchWriter;

  constructor(owner: BatchWriter) {
    super();
    this.#writer = new BatchWriter(owner.architecture, owner.slots);
  }

  override issue<T>(call: Call, decode: (outcome: Outcome) => T): Pending<T> {
    const pending = new Pending<T>(this, decode);
    this.#writer.add({ ...call, allow: 'any' }, pending as unknown as Value);
    return pending;
  }

  frame(): Buffer {
    const { calls, frame } = this.#writer.take({ sequence: 0, trace: false, chained: false });
    for (const { call, pending } of calls) {
      if (pending.slot !== undefined) this.#writer.slots.pin(pending.slot);
      for (const arg of call.args) if (arg instanceof Pending && arg.slot !== undefined) this.#writer.slots.pin(arg.slot);
    }
    return frame;
  }

  override settled(): Promise<Outcome> {
    return Promise.reject(new TypeError('nobody reads the results of what is done afterwards'));
  }

  override flush(): Promise<void> {
    return Promise.resolve();
  }

  override watch(): never {
    throw new TypeError('a watch cannot be left for afterwards');
  }

  protected override takeChild(): never {
    throw new TypeError('a child cannot be left for afterwards');
  }

  override openStream(): never {
    throw new TypeError('a stream cannot be left for afterwards');
  }

  override release(): void {}
}
