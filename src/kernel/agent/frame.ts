import type { Architecture } from '../syscall-numbers.ts';
import { syscallNumber } from '../syscall-numbers.ts';
import type { Arg, Call, OperationName, Pointee } from '../call.ts';
import { Flags, isValue, Out, Struct, THIS_CHANNEL, Within } from '../call.ts';
import type { Value } from '../value.ts';
import { KeelsonError } from '../../base/error.ts';

/** The wire format of `native/frame.h`, seen from the brain. */

export const BUFFER_SIZE = 1 << 20;
export const SLOTS = 1024;
export const REQUEST_HEADER = 20;
const CALL_HEADER = 24;
const RELOC_SIZE = 16;
const NO_SLOT = 0xffff;
const REQUEST_TRACE = 1;
const REQUEST_CHAINED = 2;
const CALL_ALLOW_ANY = 1;
const CALL_OUT_RET = 2;

const ARG_POINTER = 1;
const ARG_SLOT = 2;
const ARG_CHANNEL = 3;
const RELOC_POINTER = 0;
const RELOC_SLOT32 = 1;
const RELOC_SLOT64 = 2;

const OPERATIONS: Readonly<Record<OperationName, number>> = {
  clone: 0xf000,
  load: 0xf001,
  watch: 0xf002,
  pump: 0xf003,
  listen: 0xf004,
  init: 0xf005,
};

/** A call on its way, with the promise of its answer. */
export interface QueuedCall {
  call: Call;
  pending: Value;
}

export interface FrameOptions {
  architecture: Architecture;
  sequence: number;
  trace: boolean;
  chained: boolean;
  /** The slot in which the agent keeps a value that is not here yet. */
  slotOf: (value: Value) => number;
}

interface Reloc {
  at: number;
  kind: number;
  target: number;
}

/** Lays out the memory that the calls of one batch point to: bytes to send first, room for output behind them. */
class Memory {
  readonly #places = new Map<Exclude<Pointee, string | Within>, number>();
  readonly #chunks: { at: number; bytes: Uint8Array }[] = [];
  readonly #rooms: { out: Out; at: number }[] = [];
  sent = 0;
  scratch = 0;

  /** Walks what an argument points to, so that everything has a place before anything is written. */
  place(pointee: Pointee): void {
    if (typeof pointee === 'string') return;
    if (pointee instanceof Within) return this.place(pointee.memory);
    if (this.#places.has(pointee)) return;
    if (pointee instanceof Out) {
      this.#rooms.push({ out: pointee, at: this.scratch });
      this.#places.set(pointee, this.scratch);
      this.scratch += (pointee.size + 7) & ~7;
      return;
    }
    const bytes = pointee instanceof Struct ? pointee.bytes : pointee;
    this.#places.set(pointee, this.add(bytes));
    if (pointee instanceof Struct) for (const e of pointee.embedded) if (!isValue(e.value)) this.place(e.value);
  }

  add(bytes: Uint8Array): number {
    const at = this.sent;
    this.#chunks.push({ at, bytes });
    this.sent = (this.sent + bytes.length + 7) & ~7;
    return at;
  }

  addString(text: string): number {
    if (text.includes('\0')) {
      const shown = JSON.stringify(text);
      throw new KeelsonError('invalid', `${shown} holds a NUL byte, which no system call can take`, { code: 'NUL_BYTE' });
    }
    return this.add(Buffer.from(`${text}\0`));
  }

  addressOf(pointee: Exclude<Pointee, string>): number {
    if (pointee instanceof Within) return this.addressOf(pointee.memory) + pointee.offset;
    const place = this.#places.get(pointee);
    if (place === undefined) throw new TypeError('memory of an earlier batch');
    return pointee instanceof Out ? this.sent + place : place;
  }

  write(target: Buffer, base: number): void {
    for (const { at, bytes } of this.#chunks) target.set(bytes, base + at);
  }
}

interface Encoded {
  call: Call;
  pending: Value;
  number: number;
  args: { kind: number; value: bigint }[];
  relocs: Reloc[];
  outAt: number;
  outSize: number;
}

/** One request, ready to send. */
export function encodeRequest(calls: readonly QueuedCall[], options: FrameOptions): Buffer {
  const memory = new Memory();
  const strings = placeAll(calls, memory);
  const encoded = calls.map((queued) => encodeCall(queued, { memory, strings, options }));
  let size = REQUEST_HEADER;
  for (const e of encoded) {
    size += CALL_HEADER + 8 * e.args.length + RELOC_SIZE * e.relocs.length + 2 * allowed(e.call).length;
  }
  const data = (size + 7) & ~7;
  const total = data + memory.sent;
  if (total + memory.scratch > BUFFER_SIZE) {
    throw new KeelsonError('invalid', `a batch of ${total + memory.scratch} bytes is over the agent's ${BUFFER_SIZE}`, {
      code: 'BATCH_TOO_LARGE',
    });
  }
  const frame = Buffer.alloc(total);
  frame.writeUInt32LE(total, 0);
  frame.writeUInt32LE(options.sequence, 4);
  frame.writeUInt16LE(calls.length, 8);
  frame.writeUInt16LE((options.trace ? REQUEST_TRACE : 0) | (options.chained ? REQUEST_CHAINED : 0), 10);
  frame.writeUInt32LE(data, 12);
  frame.writeUInt32LE(memory.scratch, 16);
  let at = REQUEST_HEADER;
  for (const e of encoded) at = writeCall(frame, at, e);
  memory.write(frame, data);
  return frame;
}

type Strings = Map<object, number[]>;

/** Strings have no identity, so their places are kept per argument list or structure, in order. */
function placeAll(calls: readonly QueuedCall[], memory: Memory): Strings {
  const strings: Strings = new Map();
  const visit = (owner: object, pointees: readonly unknown[]) => {
    if (strings.has(owner)) return;
    const places: number[] = [];
    strings.set(owner, places);
    for (const p of pointees) {
      if (typeof p === 'string') places.push(memory.addString(p));
      else if (p instanceof Out || p instanceof Struct || p instanceof Uint8Array || p instanceof Within) {
        memory.place(p);
        const inner = p instanceof Within ? p.memory : p;
        if (inner instanceof Struct)
          visit(
            inner,
            inner.embedded.map((e) => e.value),
          );
      }
    }
  };
  for (const { call } of calls) visit(call, call.args);
  return strings;
}

interface EncodeContext {
  memory: Memory;
  strings: Strings;
  options: FrameOptions;
}

function encodeCall({ call, pending }: QueuedCall, context: EncodeContext): Encoded {
  const { memory, options } = context;
  const number = call.operation
    ? OPERATIONS[call.name as OperationName]
    : syscallNumber(call.name as Exclude<Call['name'], OperationName>, options.architecture);
  const strings = (context.strings.get(call) ?? [])[Symbol.iterator]();
  const encoded: Encoded = { call, pending, number, args: [], relocs: [], outAt: 0, outSize: 0 };
  for (const arg of call.args) {
    encoded.args.push(encodeArg(arg, strings, context));
    if (arg !== null && typeof arg === 'object') collect(arg, encoded, context);
  }
  if (encoded.outSize > 0) return encoded;
  const out = call.args.find((a) => a instanceof Out || (a instanceof Struct && a.out));
  if (out instanceof Out || out instanceof Struct) {
    encoded.outAt = memory.addressOf(out);
    encoded.outSize = out instanceof Out ? out.size : out.bytes.length;
  }
  return encoded;
}

function encodeArg(arg: Arg, strings: Iterator<number>, context: EncodeContext): { kind: number; value: bigint } {
  if (arg === null) return { kind: 0, value: 0n };
  if (typeof arg === 'number' || typeof arg === 'bigint') return { kind: 0, value: BigInt.asUintN(64, BigInt(arg)) };
  if (arg === THIS_CHANNEL) return { kind: ARG_CHANNEL, value: 0n };
  if (typeof arg === 'string') return { kind: ARG_POINTER, value: BigInt(strings.next().value ?? 0) };
  if (arg instanceof Flags) return { kind: 0, value: BigInt.asUintN(64, BigInt(arg.value)) };
  if (isValue(arg)) {
    if (arg.outcome) return { kind: 0, value: BigInt.asUintN(64, BigInt(arg.outcome.value)) };
    return { kind: ARG_SLOT, value: BigInt(context.options.slotOf(arg)) };
  }
  return { kind: ARG_POINTER, value: BigInt(context.memory.addressOf(arg)) };
}

/** Relocations for what a structure embeds, at any depth. */
function collect(arg: object, encoded: Encoded, context: EncodeContext): void {
  if (!(arg instanceof Struct)) return;
  const base = context.memory.addressOf(arg);
  const strings = (context.strings.get(arg) ?? [])[Symbol.iterator]();
  for (const { at, value, width = 4 } of arg.embedded) {
    if (isValue(value)) {
      if (value.outcome) {
        // The number is known by now: it goes straight into the bytes, which are copied out after this.
        const view = new DataView(arg.bytes.buffer, arg.bytes.byteOffset, arg.bytes.byteLength);
        if (width === 8) view.setBigInt64(at, BigInt(value.outcome.value), true);
        else view.setInt32(at, value.outcome.value, true);
        continue;
      }
      const kind = width === 8 ? RELOC_SLOT64 : RELOC_SLOT32;
      encoded.relocs.push({ at: base + at, kind, target: context.options.slotOf(value) });
      continue;
    }
    const target = typeof value === 'string' ? (strings.next().value ?? 0) : context.memory.addressOf(value);
    encoded.relocs.push({ at: base + at, kind: RELOC_POINTER, target });
    if (typeof value === 'object') collect(value, encoded, context);
  }
}

function allowed(call: Call): readonly number[] {
  return Array.isArray(call.allow) ? call.allow : [];
}

function writeCall(frame: Buffer, start: number, e: Encoded): number {
  const allow = allowed(e.call);
  let kinds = 0;
  e.args.forEach((arg, i) => {
    kinds |= arg.kind << (4 * i);
  });
  let at = start;
  at = frame.writeUInt16LE(e.number, at);
  at = frame.writeUInt8(e.args.length, at);
  at = frame.writeUInt8((e.call.allow === 'any' ? CALL_ALLOW_ANY : 0) | (e.call.outByReturn ? CALL_OUT_RET : 0), at);
  at = frame.writeUInt16LE(e.pending.slot ?? NO_SLOT, at);
  at = frame.writeUInt16LE(e.relocs.length, at);
  at = frame.writeUInt16LE(allow.length, at);
  at = frame.writeUInt16LE(0, at);
  at = frame.writeUInt32LE(kinds, at);
  at = frame.writeUInt32LE(e.outAt, at);
  at = frame.writeUInt32LE(e.outSize, at);
  for (const arg of e.args) at = frame.writeBigUInt64LE(arg.value, at);
  for (const r of e.relocs) {
    at = frame.writeUInt32LE(r.at, at);
    at = frame.writeUInt16LE(r.kind, at);
    at = frame.writeUInt16LE(0, at);
    at = frame.writeBigUInt64LE(BigInt(r.target), at);
  }
  for (const errno of allow) at = frame.writeUInt16LE(errno, at);
  return at;
}

export const REPLY_HEADER = 16;
export const FRAME_REPLY = 0;
export const FRAME_EXIT_EVENT = 1;
export const FRAME_EXEC_FAILED = 2;

export interface Reply {
  sequence: number;
  type: number;
  /** Calls that were made, the failed one among them. */
  done: number;
  /** The errno that stopped the batch, or 0. */
  error: number;
  body: Buffer;
}

export interface Result {
  value: number;
  bytes: Buffer;
  start: bigint | undefined;
  duration: bigint | undefined;
}

/** Reads one answer; `frame` is exactly one. */
export function decodeReply(frame: Buffer): Reply {
  return {
    sequence: frame.readUInt32LE(4),
    type: frame.readUInt16LE(8),
    done: frame.readUInt16LE(10),
    error: frame.readInt32LE(12),
    body: frame.subarray(REPLY_HEADER),
  };
}

/** The results of the calls that were made, in order. */
export function decodeResults(reply: Reply, trace: boolean): Result[] {
  const results: Result[] = [];
  const { body } = reply;
  let at = 0;
  for (let i = 0; i < reply.done && at < body.length; i++) {
    const value = Number(body.readBigInt64LE(at));
    const size = body.readUInt32LE(at + 8);
    at += 16;
    const start = trace ? body.readBigUInt64LE(at) : undefined;
    const duration = trace ? body.readBigUInt64LE(at + 8) : undefined;
    if (trace) at += 16;
    results.push({ value, bytes: body.subarray(at, at + size), start, duration });
    at += size;
  }
  return results;
}
