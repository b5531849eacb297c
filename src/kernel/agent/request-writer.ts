import { KeelsonError } from '../../base/index.ts';
import type { Arg, Call, OperationName, Pointee } from '../call.ts';
import { Flags, isValue, Out, Struct, THIS_CHANNEL, Within } from '../call.ts';
import type { Architecture, SyscallName } from '../syscall-numbers.ts';
import { syscallNumber } from '../syscall-numbers.ts';
import type { Value } from '../value.ts';
import * as wire from './frame.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { openFlagsFor } from './open-flags.ts';

const OPERATIONS: Readonly<Record<OperationName, number>> = {
  clone: 0xf000,
  load: 0xf001,
  watch: 0xf002,
  pump: 0xf003,
  listen: 0xf004,
  init: 0xf005,
};

/** Kept free for the calls that read what an earlier call of the batch wrote: they cannot go to the next batch. */
const RESERVE = 1 << 13;

export interface RequestOptions {
  sequence: number;
  trace: boolean;
  /** Do nothing if the request before failed. */
  chained: boolean;
  /** Neither stopped by what failed before nor, failing, a reason to stop what comes after. */
  apart: boolean;
  /** The last request of its channel: nobody reads an answer. */
  unanswered?: boolean;
}

const NONE: readonly number[] = [];

interface Reloc {
  at: number;
  kind: number;
  /** A slot, or an offset in the memory. */
  target: number;
  inScratch: boolean;
}

/** Turns calls into one request (`native/frame.h`), piece by piece, so that what cannot be sent fails where it is issued. */
export class RequestWriter {
  readonly #architecture: Architecture;
  readonly #holds: (value: Value) => boolean;
  /** struct call and what follows it, one after the other. */
  readonly #orders = new GrowingBuffer(4096);
  /** The bytes that arguments point to. Room for output comes behind them, so its offsets are known only at the end. */
  readonly #data = new GrowingBuffer(4096);
  #scratch = 0;
  /** Where in `orders` stands a 32-bit offset into the room for output. */
  #fixes: number[] = [];
  /** Memory that later calls of the batch can point into. Plain bytes are copied each time: they may change in between. */
  #places = new Map<Struct | Out, number>();
  #count = 0;
  /** Used again for each call, of which there are ten thousands where a layer is unpacked. */
  readonly #mark = { orders: 0, data: 0, scratch: 0, fixes: 0 };
  readonly #relocs: Reloc[] = [];

  /** `holds`: does the process keep this value in the place `value.slot` tells? */
  constructor(architecture: Architecture, holds: (value: Value) => boolean) {
    this.#architecture = architecture;
    this.#holds = holds;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Adds a call; its result goes to `slot`. False: this batch is full. Errors: invalid `NUL_BYTE`, and TypeErrors for
   * what the caller got wrong; nothing is added then.
   */
  add(call: Call, slot: number | undefined): boolean {
    const mark = this.#mark;
    mark.orders = this.#orders.length;
    mark.data = this.#data.length;
    mark.scratch = this.#scratch;
    mark.fixes = this.#fixes.length;
    const known = this.#places.size;
    const attached = known > 0 && this.#refersToEarlier(call);
    try {
      this.#addCall(call, slot);
      if (this.#fits(attached)) {
        this.#count++;
        return true;
      }
      this.#forget(mark, known);
      return false;
    } catch (error) {
      this.#forget(mark, known);
      throw error;
    }
  }

  #fits(attached: boolean): boolean {
    const size = wire.REQUEST_HEADER + 8 + this.#orders.length + this.#data.length + this.#scratch;
    const limit = wire.BUFFER_SIZE - (this.#count === 0 || attached ? 0 : RESERVE);
    return size <= limit && this.#count < wire.MAX_CALLS - (attached ? 0 : 64);
  }

  #refersToEarlier(call: Call): boolean {
    return call.args.some((arg) => arg instanceof Within && this.#places.has(arg.memory));
  }

  #forget(mark: { orders: number; data: number; scratch: number; fixes: number }, known: number): void {
    this.#orders.length = mark.orders;
    this.#data.length = mark.data;
    this.#scratch = mark.scratch;
    this.#fixes.length = mark.fixes;
    // A Map keeps the order of insertion, so what was placed since stands at its end.
    if (this.#places.size === known) return;
    for (const placed of [...this.#places.keys()].slice(known)) this.#places.delete(placed);
  }

  /** The request that makes the calls added so far; afterwards there are none. */
  take(options: RequestOptions): Buffer {
    const start = (wire.REQUEST_HEADER + this.#orders.length + 7) & ~7;
    const frame = Buffer.alloc(start + this.#data.length);
    frame.writeUInt32LE(frame.length, 0);
    frame.writeUInt32LE(options.sequence, 4);
    frame.writeUInt16LE(this.#count, 8);
    const { trace, chained, apart, unanswered } = options;
    const flags =
      (trace ? wire.REQUEST_TRACE : 0) |
      (chained ? wire.REQUEST_CHAINED : 0) |
      (apart ? wire.REQUEST_APART : 0) |
      (unanswered ? wire.REQUEST_UNANSWERED : 0);
    frame.writeUInt16LE(flags, 10);
    frame.writeUInt32LE(start, 12);
    frame.writeUInt32LE(this.#scratch, 16);
    for (const at of this.#fixes) this.#orders.addTo32(at, this.#data.length);
    this.#orders.copyTo(frame, wire.REQUEST_HEADER);
    this.#data.copyTo(frame, start);
    this.#forget({ orders: 0, data: 0, scratch: 0, fixes: 0 }, 0);
    this.#count = 0;
    return frame;
  }

  #addCall(call: Call, slot: number | undefined): void {
    if (call.args.length > wire.MAX_ARGS) throw new TypeError(`${call.name} has more than ${wire.MAX_ARGS} arguments`);
    const allow = Array.isArray(call.allow) ? call.allow : NONE;
    const head = this.#orders.reserve(wire.CALL_HEADER + 8 * call.args.length);
    const relocs = this.#relocs;
    relocs.length = 0;
    let kinds = 0;
    let out: Out | Struct | undefined;
    for (let i = 0; i < call.args.length; i++) {
      const arg = call.args[i] ?? null;
      kinds |= this.#addArg(arg, head + wire.CALL_HEADER + 8 * i, relocs) << (4 * i);
      if (!out && (arg instanceof Out || (arg instanceof Struct && arg.out))) out = arg;
    }
    const orders = this.#orders;
    orders.set16(head, this.#numberOf(call));
    orders.set8(head + 2, call.args.length);
    orders.set8(
      head + 3,
      (call.allow === 'any' ? wire.CALL_ALLOW_ANY : 0) | (call.outByReturn ? wire.CALL_OUT_RET : 0),
    );
    orders.set16(head + 4, slot ?? wire.NO_SLOT);
    orders.set16(head + 6, relocs.length);
    orders.set16(head + 8, allow.length);
    if (call.retries !== undefined) orders.set16(head + 10, call.retries);
    orders.set32(head + 12, kinds);
    if (out) this.#setOutput(head, out);
    for (const reloc of relocs) this.#addReloc(reloc);
    for (const errno of allow) orders.set16(orders.reserve(2), errno);
  }

  #numberOf(call: Call): number {
    return call.operation
      ? OPERATIONS[call.name as OperationName]
      : syscallNumber(call.name as SyscallName, this.#architecture);
  }

  #setOutput(head: number, out: Out | Struct): void {
    this.#orders.set32(head + 16, this.#placeOf(out));
    if (out instanceof Out) this.#fixes.push(head + 16);
    this.#orders.set32(head + 20, out instanceof Out ? out.size : out.bytes.length);
  }

  #addReloc({ at, kind, target, inScratch }: Reloc): void {
    const place = this.#orders.reserve(wire.RELOC_SIZE);
    this.#orders.set32(place, at);
    this.#orders.set16(place + 4, kind);
    this.#orders.setNumber(place + 8, target);
    if (inScratch) this.#fixes.push(place + 8);
  }

  /** Writes one argument to `at` and tells its kind. */
  #addArg(arg: Arg, at: number, relocs: Reloc[]): number {
    if (arg === null) return wire.ARG_VALUE;
    if (arg === THIS_CHANNEL) return wire.ARG_CHANNEL;
    if (typeof arg === 'number' || typeof arg === 'bigint' || arg instanceof Flags) {
      this.#orders.setNumber(at, this.#plain(arg));
      return wire.ARG_VALUE;
    }
    if (isValue(arg)) {
      const { outcome } = arg;
      this.#orders.setNumber(at, outcome ? outcome.value : this.#slotOf(arg));
      return outcome ? wire.ARG_VALUE : wire.ARG_SLOT;
    }
    const { offset, inScratch } = this.#place(arg, relocs);
    this.#orders.set32(at, offset);
    if (inScratch) this.#fixes.push(at);
    return wire.ARG_POINTER;
  }

  #plain(arg: number | bigint | Flags): number | bigint {
    if (!(arg instanceof Flags)) return arg;
    return arg.prefix === 'O_' && this.#architecture !== process.arch
      ? openFlagsFor(BigInt(arg.value), this.#architecture)
      : arg.value;
  }

  #slotOf(value: Value): number {
    if (value.failure) throw value.failure;
    if (this.#holds(value) && value.slot !== undefined) return value.slot;
    if (value.slot === undefined) {
      // A configuration can ask for that: hundreds of mounts, or a path of a thousand folders.
      throw new KeelsonError('exhausted', `more than ${wire.SLOTS} results of system calls are waited for at once`, {
        code: 'AGENT_SLOTS',
        hint: 'ask for fewer mounts and devices, or for paths that are not so deep',
      });
    }
    throw new TypeError('this process does not know the value yet, since another one makes it: await it first');
  }

  #place(pointee: Pointee, relocs: Reloc[]): { offset: number; inScratch: boolean } {
    if (typeof pointee === 'string') return { offset: this.#addString(pointee), inScratch: false };
    if (pointee instanceof Within) {
      return { offset: this.#placeOf(pointee.memory) + pointee.offset, inScratch: pointee.memory instanceof Out };
    }
    if (pointee instanceof Uint8Array) return { offset: this.#addBytes(pointee), inScratch: false };
    if (this.#places.has(pointee)) return { offset: this.#placeOf(pointee), inScratch: pointee instanceof Out };
    if (pointee instanceof Out) {
      const offset = this.#scratch;
      this.#places.set(pointee, offset);
      this.#scratch += (pointee.size + 7) & ~7;
      return { offset, inScratch: true };
    }
    const offset = this.#addBytes(pointee.bytes);
    this.#places.set(pointee, offset);
    this.#addEmbedded(pointee, offset, relocs);
    return { offset, inScratch: false };
  }

  #addBytes(bytes: Uint8Array): number {
    const offset = this.#data.append(bytes);
    this.#data.align();
    return offset;
  }

  #placeOf(memory: Struct | Out): number {
    const place = this.#places.get(memory);
    if (place === undefined) throw new TypeError('the memory belongs to an earlier batch');
    return place;
  }

  #addEmbedded(struct: Struct, base: number, relocs: Reloc[]): void {
    for (const { at, value, width = 4 } of struct.embedded) {
      if (value instanceof Flags || (isValue(value) && value.outcome)) {
        const number = value instanceof Flags ? this.#plain(value) : (value.outcome?.value ?? 0);
        if (width === 8) this.#data.setNumber(base + at, number);
        else this.#data.set32(base + at, Number(number));
      } else if (isValue(value)) {
        const kind = width === 8 ? wire.RELOC_SLOT64 : wire.RELOC_SLOT32;
        relocs.push({ at: base + at, kind, target: this.#slotOf(value), inScratch: false });
      } else {
        const { offset, inScratch } = this.#place(value, relocs);
        relocs.push({ at: base + at, kind: wire.RELOC_POINTER, target: offset, inScratch });
      }
    }
  }

  #addString(text: string): number {
    if (text.includes('\0')) {
      const shown = JSON.stringify(text);
      throw new KeelsonError('invalid', `${shown} holds a NUL byte, which no system call can take`, {
        code: 'NUL_BYTE',
      });
    }
    const offset = this.#data.appendText(text);
    this.#data.reserve(1);
    this.#data.align();
    return offset;
  }
}
