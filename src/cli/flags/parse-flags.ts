import { invalid, isKeelsonError, KeelsonError } from '../../base/index.ts';
import { closestName } from './closest-name.ts';
import type { Flag, Flags, FlagValues } from './flag.ts';

export interface ParseOptions {
  /** Everything from the first word that is no flag on belongs to somebody else: `run IMAGE ls -l`. */
  stopAtFirstWord: boolean;
  /** Flags, long or of one letter, that are known and cannot be honoured, each with the reason. */
  unsupported?: Readonly<Record<string, string>> | undefined;
}

export interface ParsedLine<Table extends Flags> {
  values: FlagValues<Table>;
  /** The words that are no flags, and everything after `--`. */
  words: string[];
  /** Long names of the flags that were given. */
  given: ReadonlySet<string>;
}

/**
 * Reads a command's arguments as Docker does (the rules of Go's pflag): `--name value`, `--name=value`, `-n value`, `-nvalue`,
 * `-n=value`, `-itd`; a switch takes a value only with `=`; `--` ends the flags.
 * @throws KeelsonError with code FLAG_UNKNOWN, FLAG_VALUE_MISSING, FLAG_INVALID or FLAG_UNSUPPORTED
 */
export function parseFlags<Table extends Flags>(
  table: Table,
  args: readonly string[],
  options: ParseOptions,
): ParsedLine<Table> {
  const line = new LineReader(table, args, options.unsupported ?? {});
  const words = line.read(options.stopAtFirstWord);
  // Each value was made by the flag of its name, which is what FlagValues says; the compiler cannot follow a loop there.
  const values = Object.fromEntries(line.values) as FlagValues<Table>;
  return { values, words, given: line.given };
}

class LineReader {
  readonly values = new Map<string, unknown>();
  readonly given = new Set<string>();
  readonly #table: Flags;
  readonly #long = new Map<string, string>();
  readonly #short = new Map<string, string>();
  readonly #args: readonly string[];
  readonly #unsupported: Readonly<Record<string, string>>;
  #next = 0;

  constructor(table: Flags, args: readonly string[], unsupported: Readonly<Record<string, string>>) {
    this.#table = table;
    this.#unsupported = unsupported;
    this.#args = args;
    for (const [name, flag] of Object.entries(table)) {
      this.values.set(name, flag.initial);
      this.#long.set(name, name);
      for (const alias of flag.aliases ?? []) this.#long.set(alias, name);
      if (flag.short !== undefined) this.#short.set(flag.short, name);
    }
  }

  /** Gives the words that are no flags. */
  read(stopAtFirstWord: boolean): string[] {
    const words: string[] = [];
    while (this.#next < this.#args.length) {
      const arg = this.#args[this.#next++] ?? '';
      if (arg === '--') return [...words, ...this.#args.slice(this.#next)];
      if (arg.startsWith('--')) this.#readLong(arg.slice(2));
      else if (arg.startsWith('-') && arg !== '-') this.#readShort(arg.slice(1));
      else if (stopAtFirstWord) return [...words, arg, ...this.#args.slice(this.#next)];
      else words.push(arg);
    }
    return words;
  }

  #readLong(text: string): void {
    const equals = text.indexOf('=');
    const given = equals < 0 ? text : text.slice(0, equals);
    const name = this.#long.get(given);
    if (name === undefined) throw this.#unknown(`--${given}`, given);
    const shown = `--${given}`;
    const flag = this.#flag(name);
    if (equals >= 0) this.#add(name, shown, text.slice(equals + 1));
    else this.#add(name, shown, flag.bare ?? this.#following(shown, flag));
  }

  /** `-itd`, `-it=false`, `-p8080:80`, `-p 8080:80`: switches, the last of which may be a flag with a value. */
  #readShort(text: string): void {
    for (let rest = text; rest !== ''; ) {
      const letter = rest[0] ?? '';
      const name = this.#short.get(letter);
      if (name === undefined) throw this.#unknown(`-${letter}${text.length > 1 ? ` in -${text}` : ''}`, letter);
      const shown = `-${letter}`;
      const flag = this.#flag(name);
      rest = rest.slice(1);
      if (rest.startsWith('=')) return this.#add(name, shown, rest.slice(1));
      if (flag.bare === undefined) return this.#add(name, shown, rest === '' ? this.#following(shown, flag) : rest);
      this.#add(name, shown, flag.bare);
    }
  }

  #flag(name: string): Flag<unknown> {
    const flag = this.#table[name];
    if (flag === undefined) throw new Error(`flag table without '${name}'`);
    return flag;
  }

  #following(shown: string, flag: Flag<unknown>): string {
    const text = this.#args[this.#next++];
    if (text !== undefined) return text;
    throw invalid('FLAG_VALUE_MISSING', `${shown} needs a value: ${shown} ${flag.placeholder}`);
  }

  #add(name: string, shown: string, text: string): void {
    try {
      this.values.set(name, this.#flag(name).add(this.values.get(name), text));
    } catch (error) {
      if (!isKeelsonError(error, 'invalid')) throw error;
      throw invalid('FLAG_INVALID', `invalid value '${text}' for ${shown}: ${error.message}`, error.hint);
    }
    this.given.add(name);
  }

  #unknown(shown: string, name: string): Error {
    const reason = Object.hasOwn(this.#unsupported, name) ? this.#unsupported[name] : undefined;
    if (reason !== undefined) {
      return new KeelsonError('unsupported', `${shown} is not supported: ${reason}`, { code: 'FLAG_UNSUPPORTED' });
    }
    const closest = closestName(name, this.#long.keys());
    return invalid('FLAG_UNKNOWN', `unknown flag: ${shown}`, closest && `did you mean --${closest}?`);
  }
}
