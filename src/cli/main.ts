import { COMMANDS } from './command-table.ts';
import type { CliContext } from './context.ts';
import { exitCodeOf } from './exit-code.ts';
import { findCommand } from './find-command.ts';
import { reportError } from './report-error.ts';

/** What the completion scripts of shells ask; no command of people. */
const COMPLETE = '__complete';
/** What the monitor of a detached container runs at its end, with data root and id; no command of people. */
const CLEAN_UP = 'internal-cleanup';

/** Docker's long forms whose second word is another one: `image ls`. */
const IMAGE_COMMANDS: Readonly<Record<string, string>> = {
  ls: 'images',
  list: 'images',
  rm: 'rmi',
  remove: 'rmi',
  inspect: 'image inspect',
  prune: 'image prune',
};

/**
 * Runs one command line and gives the exit code. Never throws: errors are told on stderr.
 * @param args without the program: `['run', 'busybox']`
 */
export async function main(args: readonly string[], context: CliContext): Promise<number> {
  let failureCode = 1;
  try {
    const [name, ...rest] = commandLine(args);
    if (name === COMPLETE) return await complete(rest, context);
    if (name === CLEAN_UP) return await cleanUp(rest, context);
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

/** Flags before the command are commands of their own; `container` or `image` before it is Docker's long form. */
function commandLine(args: readonly string[]): [string, ...string[]] {
  const [first = 'help', ...rest] = args;
  if (first === '--help' || first === '-h') return ['help', ...rest];
  if (first === '--version' || first === '-v') return ['version', ...rest];
  const [second] = rest;
  if (first === 'container' && second !== undefined) return [second, ...rest.slice(1)];
  if (first === 'volume') return volumeCommand(second, rest.slice(1));
  if (first === 'system') return second?.startsWith('-') === false ? [`system ${second}`, ...rest.slice(1)] : ['help'];
  if (first === 'image' && second !== undefined) return [IMAGE_COMMANDS[second] ?? second, ...rest.slice(1)];
  return [first, ...rest];
}

async function cleanUp([root, id]: readonly string[], context: CliContext): Promise<number> {
  if (root !== undefined && id !== undefined) await context.cleanUp(root, id);
  return 0;
}

/** Commands of two words; alone or with `--help` the word is a question for all commands. */
function volumeCommand(second: string | undefined, rest: readonly string[]): [string, ...string[]] {
  if (second === undefined || second.startsWith('-')) return ['help'];
  return [`volume ${second === 'list' ? 'ls' : second === 'remove' ? 'rm' : second}`, ...rest];
}

/** Answers a shell: a word a line, or `:file` and `:folder` for what it completes itself. */
async function complete(line: readonly string[], context: CliContext): Promise<number> {
  const { completeWords } = await import('./completion/complete-words.ts');
  const found = await completeWords(line, { table: COMMANDS, openEngine: context.openEngine });
  const lines = 'words' in found ? found.words : [`:${found.shell}`];
  context.stdout.write(lines.map((word) => `${word}\n`).join(''));
  return 0;
}
