import type { Flag, FlagOptions } from './flag.ts';
import { parseBoolean } from './parse-boolean.ts';

/** Turns the text of one occurrence into a value, or throws an `invalid` error that says what is expected. */
export type Parse<Value> = (text: string) => Value;

/** A switch: `--rm`, `--rm=false`. */
export function toggle(help: string, options: FlagOptions & { initial?: boolean } = {}): Flag<boolean> {
  const { initial = false, ...rest } = options;
  return { placeholder: '', bare: 'true', help, initial, ...rest, add: (_, text) => parseBoolean(text) };
}

/** A flag whose last occurrence counts; undefined when it was not given. */
export function single<Value>(
  placeholder: string,
  help: string,
  options: FlagOptions & { parse: Parse<Value>; bare?: string },
): Flag<Value | undefined> {
  const { parse, ...rest } = options;
  return { placeholder, help, initial: undefined, ...rest, add: (_, text) => parse(text) };
}

/** A flag that can be repeated; its values in the order in which they were given. */
export function list<Value>(
  placeholder: string,
  help: string,
  options: FlagOptions & { parse: Parse<Value> },
): Flag<readonly Value[]> {
  const { parse, ...rest } = options;
  return { placeholder, help, initial: [], ...rest, add: (previous, text) => [...previous, parse(text)] };
}

/** Like {@link list}, for one occurrence that may stand for several values: `-p 8000-8002:80-82`. */
export function lists<Value>(
  placeholder: string,
  help: string,
  options: FlagOptions & { parse: Parse<readonly Value[]> },
): Flag<readonly Value[]> {
  const { parse, ...rest } = options;
  return { placeholder, help, initial: [], ...rest, add: (previous, text) => [...previous, ...parse(text)] };
}

/** Any text, unchanged. */
export function anyText(text: string): string {
  return text;
}

/** Takes an empty text for a flag that was not given, as scripts write it: `--user "$USER_OR_NOTHING"`. */
export function orUnset<Value>(parse: Parse<Value>): Parse<Value | undefined> {
  return (text) => (text === '' ? undefined : parse(text));
}
