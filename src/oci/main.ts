import { resolve } from 'node:path';
import { invalid, isKeelsonError, KeelsonError } from '../base/index.ts';
import type { Command, CommandCall, GlobalOptions } from './command.ts';
import { commands } from './commands.ts';
import { type Flags, type FlagTable, readFlags } from './flags.ts';
import { isInUserNamespace } from './is-in-user-namespace.ts';
import type { OciContext } from './oci-context.ts';
import { RuntimeLog } from './runtime-log.ts';
import { commandUsage, PROGRAM, programUsage, versionText } from './usage.ts';

const globals: FlagTable = {
  debug: {},
  log: { value: true },
  'log-format': { value: true },
  root: { value: true },
  criu: { value: true },
  'systemd-cgroup': {},
  rootless: { value: true },
  help: { letter: 'h' },
  version: { letter: 'v' },
  // crun's, which podman passes.
  'cgroup-manager': { value: true },
};

/** What is done with a command line that was understood; gives the exit code. */
export type CarryOut = (command: Command, call: CommandCall, name: string) => Promise<number>;

/**
 * Runs one command line, `words` without the program's name; gives the exit code. Errors are printed, not thrown.
 * `carryOut`: does something else in place of the command.
 */
export async function main(
  words: readonly string[],
  context: OciContext,
  carryOut: CarryOut = (command, call) => command.run(call),
): Promise<number> {
  let log = new RuntimeLog(context, { file: undefined, json: false });
  try {
    const { flags, rest } = await globalFlags(words, context);
    const format = flags.value('log-format') ?? 'text';
    if (format !== 'text' && format !== 'json') throw invalid('FLAG_INVALID', `invalid log-format: ${format}`);
    log = new RuntimeLog(context, { file: flags.value('log'), json: format === 'json' });
    const [name, ...args] = rest;
    const isHelp = name === 'help' || name === 'h';
    if (flags.on('version')) context.print(versionText());
    else if (isHelp && args[0] !== undefined) context.print(commandUsage(args[0], await commandNamed(args[0])));
    else if (flags.on('help') || isHelp || name === undefined) context.print(await programUsage(globals));
    else return await runCommand({ name, args, context, flags, log, carryOut });
    return 0;
  } catch (error) {
    log.fail(textOf(error));
    return error instanceof Failure ? error.exitCode : 1;
  }
}

async function globalFlags(words: readonly string[], context: OciContext) {
  try {
    return readFlags(words, globals, { mixed: false });
  } catch (error) {
    context.print(`Incorrect Usage. ${textOf(error)}\n\n${await programUsage(globals)}`);
    throw error;
  }
}

/** An error with the words of its command in front. */
class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number, cause: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

interface Invocation {
  name: string;
  args: readonly string[];
  context: OciContext;
  flags: Flags;
  log: RuntimeLog;
  carryOut: CarryOut;
}

async function runCommand({ name, args: words, context, flags: given, log, carryOut }: Invocation): Promise<number> {
  const command = await commandNamed(name);
  context.onCommand?.(name);
  const { flags, rest: args } = await commandFlags(name, command, words, context);
  if (flags.on('help')) {
    context.print(commandUsage(name, command));
    return 0;
  }
  const options = globalOptions(given, context);
  if (options.debug) log.write('debug', `${PROGRAM} ${name} ${args.join(' ')}`);
  try {
    return await carryOut(command, { context, options, flags, args, log }, name);
  } catch (error) {
    if (command.failure === undefined) throw error;
    const { text, named, exitCode } = command.failure;
    throw new Failure(`${named ? `${PROGRAM} ` : ''}${text}: ${textOf(error)}`, exitCode, error);
  }
}

async function commandNamed(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw new Failure(`No help topic for '${name}'\n`, 3, undefined);
  return await load();
}

async function commandFlags(name: string, command: Command, words: readonly string[], context: OciContext) {
  try {
    const parsed = readFlags(words, { ...command.flags, help: { letter: 'h' } }, { mixed: !command.program });
    if (!parsed.flags.on('help')) checkCount(name, command, parsed.rest.length);
    return parsed;
  } catch (error) {
    const reason = isKeelsonError(error) && error.code === 'FLAG_INVALID' ? `: ${error.message}` : '.';
    context.print(`Incorrect Usage${reason}\n\n${commandUsage(name, command)}`);
    throw error;
  }
}

function checkCount(name: string, { args: { least, most } }: Command, count: number): void {
  const needs = (what: string) => invalid('ARGUMENTS', `${PROGRAM}: "${name}" requires ${what} argument(s)`);
  if (least === most && count !== least) throw needs(`exactly ${least}`);
  if (count < least) throw needs(`a minimum of ${least}`);
  if (count > most) throw needs(`a maximum of ${most}`);
}

function globalOptions(flags: Flags, { env, folder, uid }: OciContext): GlobalOptions {
  const rootless = flags.value('rootless') ?? 'auto';
  const insideUserNamespace = isInUserNamespace();
  // Rootless engines start us as root of their user namespace, with the environment of the ordinary user.
  const ordinary = uid !== 0 || (insideUserNamespace && env.USER !== 'root');
  const runtimeFolder = ordinary && env.XDG_RUNTIME_DIR ? env.XDG_RUNTIME_DIR : '/run';
  return {
    root: resolve(folder, flags.value('root') ?? `${runtimeFolder}/${PROGRAM}`),
    cacheFolder: `${runtimeFolder}/${PROGRAM}-cache`,
    systemdCgroup: flags.on('systemd-cgroup') || flags.value('cgroup-manager') === 'systemd',
    rootless: rootless === 'true' || (rootless === 'auto' && (uid !== 0 || insideUserNamespace)),
    insideUserNamespace,
    debug: flags.on('debug'),
    criu: flags.value('criu') ?? 'criu',
  };
}

function textOf(error: unknown): string {
  if (error instanceof Failure || error instanceof KeelsonError) return error.message;
  return error instanceof Error ? nodeErrorText(error) : String(error);
}

/** `open /x: no such file or directory`, as Go says it and some read it. */
function nodeErrorText(error: Error): string {
  const [, text, call, path] = /^E[A-Z]+: ([^,]+), (\w+)(?: '([^']*)')?/.exec(error.message) ?? [];
  if (text === undefined) return error.message;
  return `${[call, path].filter((part) => part !== undefined).join(' ')}: ${text}`;
}
