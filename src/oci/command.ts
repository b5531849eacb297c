import type { Flags, FlagTable } from './flags.ts';
import type { OciContext } from './oci-context.ts';
import type { RuntimeLog } from './runtime-log.ts';

/** One verb of the command line. */
export interface Command {
  flags: FlagTable;
  /** How many arguments it takes. */
  args: { least: number; most: number };
  /** What stands behind the verb in its usage, and what it does. */
  usage: string;
  purpose: string;
  /** Before the text of an error, as runc writes it: `create failed`, after the program's name where `named`. */
  failure?: { text: string; named: boolean; exitCode: number };
  /** Everything behind the container's id belongs to a program. */
  program?: boolean;
  /** Gives the exit code. */
  run(call: CommandCall): Promise<number>;
}

/** What a verb is called with. */
export interface CommandCall {
  context: OciContext;
  options: GlobalOptions;
  flags: Flags;
  args: readonly string[];
  log: RuntimeLog;
}

/** What the flags before the verb say. */
export interface GlobalOptions {
  /** Folder of all states. */
  root: string;
  /** Keeps compiled filters between commands; made when there is something to keep. */
  cacheFolder: string;
  systemdCgroup: boolean;
  /** Do without cgroups that we may not make. */
  rootless: boolean;
  /** We are root of a user namespace alone. */
  insideUserNamespace: boolean;
  debug: boolean;
  criu: string;
}
