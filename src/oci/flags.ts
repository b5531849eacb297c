import { invalid, parseDuration } from '../base/index.ts';

/** The flags that a command knows: by long name, its letter, and whether a value follows, and of which form. */
export type FlagTable = Readonly<Record<string, FlagKind>>;

export interface FlagKind {
  letter?: string;
  value?: true;
  form?: 'number' | 'numbers' | 'duration';
}

/** Go's strconv.ParseBool. */
const SWITCH = /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/;
const OFF = /^[0fF]/;

/** What was given: a flag may be given more than once. */
export class Flags {
  readonly #given: ReadonlyMap<string, readonly string[]>;

  constructor(given: ReadonlyMap<string, readonly string[]>) {
    this.#given = given;
  }

  /** The last value. */
  value(name: string): string | undefined {
    return this.#given.get(name)?.at(-1);
  }

  values(name: string): readonly string[] {
    return this.#given.get(name) ?? [];
  }

  /** Is a flag without a value on? */
  on(name: string): boolean {
    const value = this.value(name);
    return value !== undefined && !OFF.test(value);
  }

  /** A decimal number. @throws KeelsonError invalid `FLAG_INVALID` */
  number(name: string): number | undefined {
    const text = this.value(name);
    if (text === undefined) return undefined;
    if (/^-?\d+$/.test(text)) return Number(text);
    throw invalid('FLAG_INVALID', `invalid value "${text}" for flag -${name}: parse error`);
  }
}

/**
 * Reads flags as Go programs take them: one dash or two, `--name value` and `--name=value`, `--flag=false`, up to `--`.
 * @param mixed flags may also stand behind the arguments; not for `exec`, where those belong to the program
 * @throws KeelsonError invalid `FLAG_INVALID`, with runc's text
 */
export function readFlags(
  words: readonly string[],
  table: FlagTable,
  { mixed }: { mixed: boolean },
): { flags: Flags; rest: string[] } {
  const given = new Map<string, string[]>();
  const rest: string[] = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const parsed = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word);
    if (word === '--') rest.push(...left.splice(0));
    else if (parsed === null) rest.push(word, ...(mixed ? [] : left.splice(0)));
    else take(parsed[1] ?? '', parsed[2]);
  }
  return { flags: new Flags(given), rest };

  function take(written: string, attached: string | undefined): void {
    const name = Object.hasOwn(table, written)
      ? written
      : Object.keys(table).find((long) => table[long]?.letter === written);
    if (name === undefined) throw invalid('FLAG_INVALID', `flag provided but not defined: -${written}`);
    const value = attached ?? (table[name]?.value ? left.shift() : 'true');
    if (value === undefined) throw invalid('FLAG_INVALID', `flag needs an argument: -${written}`);
    const complaint = complaintOf(table[name] ?? {}, value);
    if (complaint !== undefined) {
      const kind = table[name]?.value ? `value ${JSON.stringify(value)} for flag` : `boolean value "${value}" for`;
      throw invalid('FLAG_INVALID', `invalid ${kind} -${written}: ${complaint}`);
    }
    given.set(name, [...(given.get(name) ?? []), value]);
  }
}

/** What is wrong with a value, in Go's words. */
function complaintOf({ value: hasValue, form }: FlagKind, text: string): string | undefined {
  if (!hasValue) return SWITCH.test(text) ? undefined : 'parse error';
  if (form === 'duration') return isDuration(text) ? undefined : 'parse error';
  if (form === undefined || /^[+-]?\d+$/.test(text)) return undefined;
  return form === 'number' ? 'parse error' : `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`;
}

function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    return false;
  }
}
