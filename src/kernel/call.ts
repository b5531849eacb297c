import type { SyscallName } from './syscall-numbers.ts';
import type { Value } from './value.ts';
import { Pending } from './value.ts';

/** A descriptor: an open one, one to come, or AT_FDCWD. */
export type Fd = number | Value;

/** Bytes that the kernel writes: `size` of them are given back. */
export class Out {
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
}

/** A pointer, a value to come, or flags inside a structure. */
export interface Embedded {
  /** Offset in the structure's bytes. */
  at: number;
  value: Pointee | Value | Flags;
  /** Bytes that a value or flags fill: 4 (default) or 8. Pointers fill 8. */
  width?: 4 | 8;
}

/** A structure in memory that holds pointers to other memory, or values to come. `out`: the kernel writes to it. */
export class Struct {
  readonly bytes: Uint8Array;
  readonly embedded: readonly Embedded[];
  readonly out: boolean;
  /** What `--explain` shows in place of the bytes. */
  readonly shown: string | (() => string) | undefined;

  constructor(
    bytes: Uint8Array,
    embedded: readonly Embedded[] = [],
    options: { out?: boolean; shown?: string | (() => string) | undefined } = {},
  ) {
    this.bytes = bytes;
    this.embedded = embedded;
    this.out = options.out ?? false;
    this.shown = options.shown;
  }
}

/** A place inside memory that another argument of the same batch points to. */
export class Within {
  readonly memory: Struct | Out;
  readonly offset: number;
  constructor(memory: Struct | Out, offset: number) {
    this.memory = memory;
    this.offset = offset;
  }
}

/** A number that is shown by its constants: `CLONE_` turns 0x20000 into `CLONE_NEWNS`. */
export class Flags {
  readonly value: number | bigint;
  readonly prefix: string;
  constructor(value: number | bigint, prefix: string) {
    this.value = value;
    this.prefix = prefix;
  }
}

/** Memory that an argument points to: a C string, bytes, a structure, or room for output. */
export type Pointee = string | Uint8Array | Struct | Out | Within;

/** The channel through which the request itself comes. */
export const THIS_CHANNEL = Symbol('the channel of this request');

/** One argument of a call. `null` is the null pointer. */
export type Arg = number | bigint | null | Flags | Pointee | Value | typeof THIS_CHANNEL;

/** What only the agent can do; see `native/frame.h`. */
export type OperationName = 'clone' | 'load' | 'watch' | 'pump' | 'listen' | 'init';

/** Why a call is made: the heading that a learner reads, and the flag or field that asked for it. */
export interface Step {
  /** `Root file system` */
  heading: string;
  /** What this step does: `mount a fresh /proc`. */
  title: string;
  /** The command-line flag or spec field that caused it: `--hostname`, `mounts[0]`. */
  because?: string | undefined;
}

/** One system call, or one operation of the agent, to be made. */
export interface Call {
  name: SyscallName | OperationName;
  /** True for an operation of the agent. */
  operation?: boolean;
  args: readonly Arg[];
  /** Errnos that do not stop the batch; the value is then the negative errno. */
  allow?: readonly number[] | 'any' | undefined;
  /** The agent makes it so many times more at most, as long as it answers EAGAIN. */
  retries?: number;
  /** Answer only as many output bytes as the return value says, as for read(2). */
  outByReturn?: boolean;
  step?: Step | undefined;
  /** Makes a better error than `SyscallError` of a failure, from the answers of the calls before it. */
  failure?: ((errno: number, call: Call) => Error) | undefined;
  /** What `--explain` shows in place of `args`, where those are an operation's. */
  shownArgs?: readonly Arg[];
}

export function isValue(arg: unknown): arg is Value {
  return arg instanceof Pending;
}
