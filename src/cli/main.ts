import { COMMANDS } from './command-table.ts';
import type { CliContext } from './context.ts';
import { exitCodeOf } from './exit-code.ts';
import { findCommand } from './find-command.ts';
import { reportError } from './report-error.ts';

/**
 * Runs one command line and gives the exit code. Never throws: errors are told on stderr.
 * @param args without the program: `['run', 'busybox']`
 */
export async function main(args: readonly string[], context: CliContext): Promise<number> {
  let failureCode = 1;
  try {
    const [name, ...rest] = commandLine(args);
    const entry = findCommand(COMMANDS, name);
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

/** Flags before the command are commands of their own; `container` before it is Docker's long form. */
function commandLine(args: readonly string[]): [string, ...string[]] {
  const [first = 'help', ...rest] = args;
  if (first === '--help' || first === '-h') return ['help', ...rest];
  if (first === '--version' || first === '-v') return ['version', ...rest];
  const [second] = rest;
  if (first === 'container' && second !== undefined) return [second, ...rest.slice(1)];
  return [first, ...rest];
}
