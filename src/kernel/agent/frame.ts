import { KeelsonError } from '../../base/index.ts';

/** The wire format of `native/frame.h`, seen from the brain: what both directions need, and the agent's answers. */

export const BUFFER_SIZE = 1 << 20;
export const SLOTS = 1024;
export const MAX_ARGS = 6;
export const MAX_CALLS = 0xffff;
export const NO_SLOT = 0xffff;

export const REQUEST_HEADER = 20;
export const CALL_HEADER = 24;
export const RELOC_SIZE = 16;
export const REPLY_HEADER = 16;
const RESULT_HEADER = 16;
const TRACE_SIZE = 16;

export const REQUEST_TRACE = 1;
export const REQUEST_CHAINED = 2;
export const REQUEST_APART = 4;
export const REQUEST_UNANSWERED = 8;

export const CALL_ALLOW_ANY = 1;
export const CALL_OUT_RET = 2;

export const ARG_VALUE = 0;
export const ARG_POINTER = 1;
export const ARG_SLOT = 2;
export const ARG_CHANNEL = 3;

export const RELOC_POINTER = 0;
export const RELOC_SLOT32 = 1;
export const RELOC_SLOT64 = 2;

// Types of frames that come back; 0 is the answer to a request.
export const FRAME_EXIT_EVENT = 1;

/** One answer, or a part of one. */
export interface Reply {
  sequence: number;
  type: number;
  /** Calls that were made so far, the failed one among them. */
  done: number;
  /** The errno that stopped the batch, or 0. */
  error: number;
  body: Buffer;
}

export interface Result {
  value: number;
  bytes: Buffer;
  /** Nanoseconds of CLOCK_MONOTONIC at the start, and how long the call took; undefined without trace. */
  start: bigint | undefined;
  duration: bigint | undefined;
}

/** Size of the answer that starts here. Errors: internal, for what no agent sends. */
export function replySize(bytes: Buffer): number {
  const size = bytes.readUInt32LE(0);
  if (size < REPLY_HEADER || size > BUFFER_SIZE) throw malformed(`an answer of ${size} bytes`);
  return size;
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

const NOTHING = Buffer.alloc(0);

/** Reads `count` results, in the order of the calls. Errors: internal, when they are not there. */
export function decodeResults(body: Buffer, { count, trace }: { count: number; trace: boolean }): Result[] {
  const results: Result[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const head = RESULT_HEADER + (trace ? TRACE_SIZE : 0);
    if (body.length - at < head) throw malformed('an answer without a result');
    const value = body.readUInt32LE(at) + body.readInt32LE(at + 4) * 0x1_0000_0000;
    const size = body.readUInt32LE(at + 8);
    const start = trace ? body.readBigUInt64LE(at + RESULT_HEADER) : undefined;
    const duration = trace ? body.readBigUInt64LE(at + RESULT_HEADER + 8) : undefined;
    at += head;
    if (body.length - at < size) throw malformed('an answer with less output than it says');
    results.push({ value, bytes: size === 0 ? NOTHING : body.subarray(at, at + size), start, duration });
    at += size;
  }
  return results;
}

export function malformed(what: string): KeelsonError {
  return new KeelsonError('internal', `the agent sent ${what}`, { code: 'AGENT_ANSWER' });
}
