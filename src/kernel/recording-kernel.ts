import { Socket } from 'node:net';
import type { Call, Fd } from './call.ts';
import type { Tracer } from './call-issuer.ts';
import type { ExitEvent } from './exit-event.ts';
import { Kernel } from './kernel.ts';
import type { Outcome, Value } from './value.ts';
import { Pending } from './value.ts';

/** What a call shall answer: a number, or output bytes, or both; a negative number is an errno. */
export type Answer = number | Buffer | Partial<Outcome> | undefined;

export interface RecordingOptions {
  name?: string;
  tracer?: Tracer | undefined;
  /** Decides what a call answers; undefined leaves the default: a fresh descriptor, 0, or empty bytes. */
  answer?: (call: Call) => Answer;
}

const FRESH = new Set(['openat', 'openat2', 'fsopen', 'fsmount', 'open_tree', 'socket', 'load', 'dup', 'eventfd2', 'accept4', 'pidfd_open', 'memfd_create', 'clone']);

/** A kernel that does nothing and remembers every call: for tests without privilege, and for `--dry-run`. */
export class RecordingKernel extends Kernel {
  readonly calls: Call[] = [];
  readonly children: RecordingKernel[] = [];
  readonly closed: Promise<void> = new Promise(() => undefined);
  readonly name: string;
  readonly #options: RecordingOptions;
  #next = 10;

  constructor(options: RecordingOptions = {}) {
    super();
    this.#options = options;
    this.name = options.name ?? 'runtime';
  }

  override issue<T>(call: Call, decode: (outcome: Outcome) => T): Pending<T> {
    const step = this.currentStep;
    const complete = step && !call.step ? { ...call, step } : call;
    this.calls.push(complete);
    const pending = new Pending<T>(this, decode);
    pending.outcome = this.#outcome(complete);
    this.#options.tracer?.({ process: this.name, call: complete, value: undefined, start: undefined, duration: undefined });
    return pending;
  }

  #outcome(call: Call): Outcome {
    const answer = this.#options.answer?.(call);
    if (Buffer.isBuffer(answer)) return { value: answer.length, bytes: answer };
    if (typeof answer === 'number') return { value: answer, bytes: Buffer.alloc(0) };
    const value = FRESH.has(call.name) ? this.#next++ : 0;
    return { value: answer?.value ?? value, bytes: answer?.bytes ?? Buffer.alloc(0) };
  }

  override settled(pending: Pending<unknown>): Promise<Outcome> {
    return pending.outcome ? Promise.resolve(pending.outcome) : Promise.reject(new TypeError('not a call of this kernel'));
  }

  override flush(): Promise<void> {
    return Promise.resolve();
  }

  override watch(pidfd: Fd): { id: Value; exited: Promise<ExitEvent> } {
    const id = this.number({ name: 'watch', operation: true, args: [pidfd] });
    return { id, exited: Promise.resolve({ pid: 1, status: 0, signal: undefined, time: 0 }) };
  }

  protected override takeChild(name: string): { channel: Fd; kernel: Kernel; inherited: readonly Fd[] } {
    const { answer, tracer } = this.#options;
    const kernel = new RecordingKernel({ name, tracer, ...(answer ? { answer } : {}) });
    this.children.push(kernel);
    return { channel: 3, kernel, inherited: [] };
  }

  override openStream(): { socket: Socket; fd: Fd } {
    return { socket: new Socket(), fd: 4 };
  }

  override release(): void {}
}
