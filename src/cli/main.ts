import { COMMANDS } from './command-table.ts';
import type { CliContext } from './context.ts';
import { exitCodeOf } from './exit-code.ts';
import { findCommand } from './find-command.ts';
import { LONG_FORMS, longForm } from './long-forms.ts';
import { reportError } from './report-error.ts';

/** No commands of people. */
const INTERNAL: Readonly<Record<string, (args: readonly string[], context: CliContext) => Promise<number>>> = {
  /** What the completion scripts of shells ask. */
  __complete: complete,
  /** What the monitor of a detached container runs at its end, with data root and id. */
  'internal-cleanup': cleanUp,
  /** What runs the health checks of detached containers, with the data root. */
  'internal-health': keepHealth,
};

/**
 * Runs one command line and gives the exit code. Never throws: errors are told on stderr.
 * @param args without the program: `['run', 'busybox']`
 */
export async function main(args: readonly string[], context: CliContext): Promise<number> {
  let failureCode = 1;
  try {
    const [name, ...rest] = commandLine(args);
    const internal = Object.hasOwn(INTERNAL, name) ? INTERNAL[name] : undefined;
    if (internal !== undefined) {
      context.onCommand?.(name);
      return await internal(rest, context);
    }
    const entry = findCommand(COMMANDS, name);
    context.onCommand?.(name);
    const { command } = await entry.load();
    failureCode = command.failureCode;
    const result = await command.execute(rest, context);
    if (result !== 'help') return result;
    const { commandHelp } = await import('./help/command-help.ts');
    context.stdout.write(commandHelp(command, entry.summary, context));
    return 0;
  } catch (error) {
    reportError(error, context);
    return exitCodeOf(error, failureCode);
  }
}

/** Flags before the command are commands of their own. */
function commandLine(args: readonly string[]): [string, ...string[]] {
  const [first = 'help', ...rest] = args;
  if (first === '--help' || first === '-h') return ['help', ...rest];
  if (first === '--version' || first === '-v') return ['version', ...rest];
  if (!Object.hasOwn(LONG_FORMS, first)) return [first, ...rest];
  // Alone or with a flag the word is a question for all commands.
  const [second, ...others] = rest;
  if (second === undefined || second.startsWith('-')) return ['help'];
  return [longForm(first, second) ?? `${first} ${second}`, ...others];
}

async function cleanUp([root, id]: readonly string[], context: CliContext): Promise<number> {
  if (root !== undefined && id !== undefined) await context.cleanUp(root, id);
  return 0;
}

async function keepHealth([root]: readonly string[], context: CliContext): Promise<number> {
  if (root !== undefined) await context.keepHealth(root);
  return 0;
}

/** Answers a shell: a word a line, or `:file` and `:folder` for what it completes itself. */
async function complete(line: readonly string[], context: CliContext): Promise<number> {
  const { completeWords } = await import('./completion/complete-words.ts');
  const found = await completeWords(line, { table: COMMANDS, openEngine: context.openEngine });
  const lines = 'words' in found ? found.words : [`:${found.shell}`];
  context.stdout.write(lines.map((word) => `${word}\n`).join(''));
  return 0;
}
