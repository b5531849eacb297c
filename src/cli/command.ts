import type { Engine } from '../sdk/index.ts';

/** What a command may use of the world, so that tests can give it another one. */
export interface CommandContext {
  engine(): Promise<Engine>;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: Readonly<Record<string, string | undefined>>;
}

/** Runs one command; gives the exit code. Errors are thrown and told at one place. */
export type Command = (args: readonly string[], context: CommandContext) => Promise<number>;
