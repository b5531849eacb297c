import type { Engine, HostReport } from '../spec/index.ts';

/** Where text goes: this program's stdout and stderr, or what a test reads. */
export interface Output {
  /** `false`: it waits for its reader; see `drained`. */
  write(chunk: string | Uint8Array): unknown;
  /** Resolves when what was written has gone on. */
  drained?(): Promise<unknown>;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** This program's standard input, as far as commands need it: the container reads the descriptor itself. */
export interface Input {
  readonly isTTY?: boolean | undefined;
  setRawMode?(raw: boolean): unknown;
  /** What comes in, for commands that read it themselves. */
  chunks?(): AsyncIterable<Buffer>;
  /** To be called in raw mode: the terminal shows what it gets as it gets it, which `setRawMode` alone does not do. */
  passOutputThrough?(): Promise<void>;
  /** What this program itself reads: a password. */
  [Symbol.asyncIterator]?(): AsyncIterator<Uint8Array | string>;
}

/** Signals that this program gets: `process`, or what a test sends. */
export interface SignalSource {
  on(signal: NodeJS.Signals | 'exit', listener: () => void): unknown;
  off(signal: NodeJS.Signals | 'exit', listener: () => void): unknown;
  /** Ends this program as the signal would have done. */
  endBy(signal: NodeJS.Signals): void;
}

/** Everything that a command uses besides its arguments. */
export interface CliContext {
  /** Opened when first needed; closed by the command. */
  openEngine(): Promise<Engine>;
  /** Told the name of a command that was found, before it is carried out. */
  onCommand?(name: string): void;
  /** For a container that has ended: `cleanUpContainer` of the library. */
  cleanUp(root: string, id: string): Promise<void>;
  /** For containers that run without their starter: `keepHealth` of the library. */
  keepHealth(root: string): Promise<void>;
  /** What `keelson doctor` tells. */
  examineHost(): Promise<HostReport>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly signals: SignalSource;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working folder. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  now(): number;
}
