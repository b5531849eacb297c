import type { RuntimeHost } from '../runtime/index.ts';

/** The caller's terminal while it is raw. */
export interface CallerTerminal {
  /** Undefined: nobody has said how large it is. */
  size(): Promise<{ columns: number; rows: number } | undefined>;
  /** Makes it what it was before. */
  restore(): void;
}

/** What the runtime's command line gets from the program that it is part of. */
export interface OciContext {
  env: Readonly<Record<string, string | undefined>>;
  /** Working folder of the caller. */
  folder: string;
  pid: number;
  uid: number;
  gid: number;
  /** Told the name of a command that was found, before it is carried out. */
  onCommand?(name: string): void;
  /** Where the processes come from that make the container's calls, each with the caller's own descriptors. */
  openRuntime(): Promise<RuntimeHost>;
  /** All that can be read from the caller's descriptor 0. */
  readInput(): Promise<string>;
  /** Writes to the caller's descriptors 1 and 2 as they are: a container may use them too. */
  print(text: string): void;
  printError(text: string): void;
  /** Asks for signals of the program, to hand them on; the returned function ends that. */
  forwardSignals(to: (signal: string) => void): () => void;
  /** Makes the caller's terminal raw, when standard input is one. */
  rawTerminal(): Promise<CallerTerminal | undefined>;
  /** Runs a program of the host and gives what it printed. */
  runProgram(program: string, args: readonly string[]): Promise<string>;
}
