import { KeelsonError } from '../base/index.ts';
import type { CliContext } from './context.ts';
import type { Completion, Flag, Flags, FlagValues } from './flags/flag.ts';
import { toggle } from './flags/make-flag.ts';
import { parseFlags } from './flags/parse-flags.ts';

/** The words that a command takes after its flags. */
export interface Operands {
  /** As the usage line shows them: `CONTAINER...`; empty for none. */
  readonly usage: string;
  readonly min: number;
  /** No limit when left out. */
  readonly max?: number;
  readonly complete?: Completion;
}

export interface CommandInput<Table extends Flags> {
  readonly values: FlagValues<Table>;
  readonly words: readonly string[];
  /** Long names of the flags that were given. */
  readonly given: ReadonlySet<string>;
}

/** What a file under `commands/` says about its command. */
export interface CommandDefinition<Table extends Flags> {
  readonly name: string;
  readonly operands: Operands;
  readonly flags: Table;
  /** Sentences for the help, below the usage line. */
  readonly description?: string;
  /** Command lines without `keelson`, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Everything from the first word on belongs to the container's command. */
  readonly stopAtFirstWord?: boolean;
  /** Flags of Docker's that cannot be honoured, with the reason. */
  readonly unsupported?: Readonly<Record<string, string>>;
  /** Exit code for errors of the command itself: 125 where others are the container's own; else 1. */
  readonly failureCode?: number;
  /** Gives the exit code. */
  run(input: CommandInput<Table>, context: CliContext): Promise<number>;
}

/** A command whose flags have been tied to what it does with them. */
export interface Command {
  readonly name: string;
  readonly operands: Operands;
  /** With `--help`. */
  readonly flags: Flags;
  readonly description: string;
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly failureCode: number;
  /** Everything from the first word on belongs to the container's command. */
  readonly stopsAtFirstWord: boolean;
  /** Gives the exit code, or `help` when that is asked for. */
  execute(args: readonly string[], context: CliContext): Promise<number | 'help'>;
}

/** Ties a command's flags to its work. */
export function defineCommand<Table extends Flags>(definition: CommandDefinition<Table>): Command {
  const { name, operands, examples, description = '', failureCode = 1 } = definition;
  const flags: Table & { help: Flag<boolean> } = { ...definition.flags, help: helpFlag(definition.flags) };
  const options = { stopAtFirstWord: definition.stopAtFirstWord ?? false, unsupported: definition.unsupported };
  return {
    name,
    operands,
    flags,
    description,
    examples,
    failureCode,
    stopsAtFirstWord: options.stopAtFirstWord,
    async execute(args, context) {
      const { values, words, given } = parseFlags(flags, args, options);
      if (values.help) return 'help';
      checkOperands(definition, words);
      return definition.run({ values, words, given }, context);
    },
  };
}

/** `-h` too, where it is free: for run it is the host name. */
function helpFlag(others: Flags): Flag<boolean> {
  const taken = Object.values(others).some((flag: Flag<unknown>) => flag.short === 'h');
  return toggle('Show this help', taken ? {} : { short: 'h' });
}

function checkOperands({ name, operands }: Pick<Command, 'name' | 'operands'>, words: readonly string[]): void {
  const { min, max = Number.POSITIVE_INFINITY } = operands;
  if (words.length >= min && words.length <= max) return;
  const expected = max === min ? `${min}` : words.length < min ? `at least ${min}` : `at most ${max}`;
  const message =
    max === 0
      ? `'${name}' takes no argument: ${words[0]}`
      : `'${name}' needs ${expected} argument${expected.endsWith('1') ? '' : 's'}`;
  throw new KeelsonError('invalid', message, {
    code: 'OPERANDS',
    hint: `keelson ${name} [FLAGS] ${operands.usage}`.trimEnd(),
  });
}

/** A line of `keelson help`, and how to get at the rest: a command's file is read when it is run, not before. */
export interface CommandEntry {
  readonly group: string;
  readonly summary: string;
  load(): Promise<{ command: Command }>;
}

export type CommandTable = Readonly<Record<string, CommandEntry>>;
