import { Socket } from 'node:net';
import type { Call, Fd } from './call.ts';
import type { Tracer } from './call-issuer.ts';
import type { ExitEvent } from './exit-event.ts';
import { HeededPromise, heed, isHeeded } from './heeded-promise.ts';
import type { TakenChild, WatchOptions } from './kernel.ts';
import { Kernel } from './kernel.ts';
import { SyscallError } from './syscall-error.ts';
import type { Outcome, Value } from './value.ts';
import { Pending } from './value.ts';

/**
 * What a call shall answer: a number, or output bytes, or both. A negative number is an errno; unless the call allows
 * it, the calls after it are neither made nor recorded up to the next `flush` or `await`, as with a real batch.
 */
export type Answer = number | Buffer | Partial<Outcome> | undefined;

export interface RecordingOptions {
  name?: string;
  tracer?: Tracer | undefined;
  /** Decides what a call answers; undefined leaves the default: a fresh descriptor, 0, or empty bytes. */
  answer?: (call: Call) => Answer;
}

const FRESH = new Set<Call['name']>([
  'accept4',
  'clone',
  'dup',
  'eventfd2',
  'fsmount',
  'fsopen',
  'load',
  'memfd_create',
  'open_tree',
  'openat',
  'openat2',
  'pidfd_open',
  'socket',
]);

/** A kernel that does nothing and remembers every call: for tests without privilege, and for `--dry-run`. */
export class RecordingKernel extends Kernel {
  readonly calls: Call[] = [];
  readonly children: RecordingKernel[] = [];
  /** The calls that each watch left for the exit. */
  readonly afterwards: RecordingKernel[] = [];
  /** The calls that the process was left to make by itself. */
  departure: RecordingKernel | undefined;
  readonly closed: Promise<void>;
  readonly name: string;
  readonly #options: RecordingOptions;
  readonly #close: () => void;
  #failure: Error | undefined;
  #next = 10;

  constructor(options: RecordingOptions = {}) {
    super();
    this.#options = options;
    this.name = options.name ?? 'runtime';
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#close = resolve;
  }

  override issue<T>(call: Call, decode: (outcome: Outcome) => T): Pending<T> {
    const complete = this.withStep(call);
    const pending = new Pending<T>(this, decode);
    if (this.#failure) {
      pending.fail(this.#failure);
      return pending;
    }
    this.calls.push(complete);
    const outcome = this.#outcome(complete);
    const allowed = call.allow === 'any' || call.allow?.includes(-outcome.value);
    if (outcome.value < 0 && outcome.value >= -4095 && !allowed) {
      this.#failure = call.failure?.(-outcome.value, complete) ?? new SyscallError(complete, -outcome.value);
      pending.fail(this.#failure);
    } else {
      pending.succeed(outcome);
    }
    this.#options.tracer?.({
      process: this.name,
      call: complete,
      batch: undefined,
      value: undefined,
      start: undefined,
      duration: undefined,
    });
    return pending;
  }

  #outcome(call: Call): Outcome {
    const answer = this.#options.answer?.(call);
    if (Buffer.isBuffer(answer)) return { value: answer.length, bytes: answer };
    if (typeof answer === 'number') return { value: answer, bytes: Buffer.alloc(0) };
    const value = FRESH.has(call.name) ? this.#next++ : 0;
    return { value: answer?.value ?? value, bytes: answer?.bytes ?? Buffer.alloc(0) };
  }

  override async settled(pending: Pending<unknown>): Promise<Outcome> {
    if (pending.issuer !== this) throw new TypeError('the call belongs to another process');
    if (pending.failure) heed(pending.failure);
    this.#endBatch();
    if (pending.outcome) return pending.outcome;
    throw pending.failure;
  }

  override flush(): Promise<void> {
    const done = HeededPromise.make<void>(() => this.#endBatch());
    if (this.#failure) done.reject(this.#failure);
    else done.resolve();
    return done.promise;
  }

  override apart<T>(work: () => T): T {
    const failure = this.#failure;
    this.#failure = undefined;
    const result = work();
    this.#failure = failure;
    return result;
  }

  /** A failure is over once somebody was told of it. */
  #endBatch(): void {
    if (this.#failure && isHeeded(this.#failure)) this.#failure = undefined;
  }

  override watch(pidfd: Fd, options: WatchOptions = {}): { id: Value; exited: Promise<ExitEvent> } {
    const { statusFile = -1, stay = false, afterwards } = options;
    if (afterwards) {
      const later = new RecordingKernel({ name: `${this.name}, afterwards` });
      afterwards(later);
      this.afterwards.push(later);
    }
    const id = this.number({ name: 'watch', operation: true, args: [pidfd, statusFile, stay ? 1 : 0] });
    return { id, exited: Promise.resolve({ pid: 1, status: 0, signal: undefined, time: 0 }) };
  }

  override async depart(work: (last: Kernel) => void): Promise<void> {
    await this.flush();
    const { tracer } = this.#options;
    this.departure = new RecordingKernel({ name: this.name, tracer });
    work(this.departure);
  }

  protected override takeChild(name: string): TakenChild {
    const { answer, tracer } = this.#options;
    const kernel = new RecordingKernel({ name, tracer, ...(answer ? { answer } : {}) });
    this.children.push(kernel);
    return { channel: 3, kernel, inherited: [] };
  }

  override openStream(): { socket: Socket; fd: Fd } {
    return { socket: new Socket(), fd: 4 };
  }

  override release(): void {
    this.#close();
  }
}
