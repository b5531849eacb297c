import type { Engine } from '../../spec/index.ts';
import type { Command, CommandTable } from '../command.ts';
import type { Completion, Flag } from '../flags/flag.ts';
import { LONG_FORMS, longForm } from '../long-forms.ts';

/** What the shell does itself. */
export type ShellCompletion = 'file' | 'folder';

/** What fits at the cursor: words, or something that the shell knows better. */
export type Candidates = { words: readonly string[] } | { shell: ShellCompletion };

export interface CompletionWorld {
  table: CommandTable;
  /** Opened only where names of containers are asked for. */
  openEngine(): Promise<Engine>;
}

const NOTHING: Candidates = { words: [] };

/**
 * What may stand at the cursor.
 * @param line the words before the cursor, without the program; the last one is being typed and may be empty
 */
export async function completeWords(line: readonly string[], world: CompletionWorld): Promise<Candidates> {
  const [first = '', second = '', ...others] = line;
  // Some commands are two words: `volume ls`.
  const inner = Object.hasOwn(LONG_FORMS, first) ? Object.keys(LONG_FORMS[first] ?? {}) : [];
  if (line.length <= 1) return { words: firstWords(world.table).filter((one) => one.startsWith(first)) };
  if (line.length === 2 && inner.length > 0) return { words: inner.filter((one) => one.startsWith(second)) };
  const [name, ...rest] = inner.length > 0 ? [longForm(first, second) ?? '', ...others] : [first, ...line.slice(1)];
  const entry = Object.hasOwn(world.table, name) ? world.table[name] : undefined;
  if (entry === undefined) return NOTHING;
  const { command } = await entry.load();
  if (name === 'help') return { words: Object.keys(world.table).filter((one) => one.startsWith(rest[0] ?? '')) };
  const typed = rest.at(-1) ?? '';
  const position = positionOf(command, rest.slice(0, -1));
  if (position.kind === 'value') return candidates(position.flag.complete, typed, world);
  if (position.kind === 'words' && position.ended) return { shell: 'file' };
  const [, flagName = '', value] = /^--([a-z][a-z0-9-]*)=(.*)$/s.exec(typed) ?? [];
  if (value !== undefined)
    return withPrefix(`--${flagName}=`, await candidates(command.flags[flagName]?.complete, value, world));
  if (typed.startsWith('-')) return { words: flagWords(command).filter((word) => word.startsWith(typed)) };
  const { max = Number.POSITIVE_INFINITY, complete } = command.operands;
  return position.count >= max ? NOTHING : candidates(complete, typed, world);
}

function firstWords(table: CommandTable): string[] {
  const alone = Object.keys(table).filter((name) => !name.includes(' '));
  return [...alone, ...Object.keys(LONG_FORMS)];
}

type Position =
  | { kind: 'value'; flag: Flag<unknown> }
  /** So many words that are no flags stand before; `ended`: what follows belongs to the container's command. */
  | { kind: 'words'; count: number; ended: boolean };

/** What the words before the cursor leave open. */
function positionOf(command: Command, before: readonly string[]): Position {
  let count = 0;
  let open: Flag<unknown> | undefined;
  for (const word of before) {
    if (open !== undefined) {
      open = undefined;
    } else if (word.startsWith('-') && word !== '-' && word !== '--') {
      open = takesNext(command, word);
    } else {
      count += 1;
      if (command.stopsAtFirstWord && count >= 1) return { kind: 'words', count, ended: true };
    }
  }
  return open === undefined ? { kind: 'words', count, ended: false } : { kind: 'value', flag: open };
}

/** The flag of a word, if its value is the next word. */
function takesNext({ flags }: Command, word: string): Flag<unknown> | undefined {
  if (word.includes('=')) return undefined;
  const short = word.startsWith('--') ? undefined : word.at(-1);
  const found = Object.entries(flags).find(([name, flag]) =>
    short === undefined ? `--${name}` === word : flag.short === short,
  );
  return found !== undefined && found[1].bare === undefined ? found[1] : undefined;
}

function flagWords({ flags }: Command): string[] {
  return Object.entries(flags).flatMap(([name, { short }]) => [
    `--${name}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
}

async function candidates(kind: Completion | undefined, typed: string, world: CompletionWorld): Promise<Candidates> {
  if (kind === undefined) return NOTHING;
  if (kind === 'file' || kind === 'folder') return { shell: kind };
  const words = typeof kind === 'string' ? await names(kind, world) : kind;
  return { words: words.filter((word) => word.startsWith(typed)) };
}

async function names(kind: 'container' | 'image', world: CompletionWorld): Promise<readonly string[]> {
  await using engine = await world.openEngine();
  if (kind === 'image') {
    const known = (await engine.images.list()).map(({ name }) => name).filter((name) => name !== '');
    return [...new Set(['busybox', ...known])];
  }
  return (await engine.list({ all: true })).map(({ name }) => name);
}

function withPrefix(prefix: string, found: Candidates): Candidates {
  return 'words' in found ? { words: found.words.map((word) => prefix + word) } : found;
}
