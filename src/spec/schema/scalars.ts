import { quoted } from './problem.ts';
import type { Schema } from './schema.ts';

/**
 * Any text without a NUL byte: nearly all of it ends as a C string in a system call, which would silently be another
 * string, cut at the NUL.
 */
export const string: Schema<string> = (value, path, problems) => {
  if (typeof value !== 'string') {
    problems.add(path, `must be a string, not ${shown(value)}`);
    return undefined;
  }
  if (value.includes('\0')) {
    problems.add(path, 'contains a NUL byte', 'remove the \\u0000: no path, argument or option of Linux can hold one');
    return undefined;
  }
  return value;
};

/** Text with at least one character. */
export const nonEmptyString: Schema<string> = (value, path, problems) => {
  const text = string(value, path, problems);
  if (text !== '') return text;
  problems.add(path, 'must not be empty');
  return undefined;
};

/** Text of one form. `form` follows "must be": "a digest such as sha256:…". */
export function matching(pattern: RegExp, form: string): Schema<string> {
  return (value, path, problems) => {
    const text = string(value, path, problems);
    if (text === undefined || pattern.test(text)) return text;
    problems.add(path, `must be ${form}, not ${shown(text)}`);
    return undefined;
  };
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Schema<Word> {
  return (value, path, problems) => {
    const text = string(value, path, problems);
    const word = words.find((known) => known === text);
    if (text !== undefined && word === undefined) {
      problems.add(path, `is ${shown(text)}, which is not known`, `use one of ${words.join(', ')}`);
    }
    return word;
  };
}

export const boolean: Schema<boolean> = (value, path, problems) => {
  if (typeof value === 'boolean') return value;
  problems.add(path, `must be true or false, not ${shown(value)}`);
  return undefined;
};

/** A whole number between two bounds, both allowed. Numbers that `parseJson` kept exact as bigint are taken too. */
export function integer(min: number, max: number): Schema<number> {
  return (value, path, problems) => {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
    problems.add(path, `must be a whole number from ${min} to ${max}, not ${shown(value)}`);
    return undefined;
  };
}

export const uint16: Schema<number> = integer(0, 2 ** 16 - 1);
export const uint32: Schema<number> = integer(0, 2 ** 32 - 1);
export const int32: Schema<number> = integer(-(2 ** 31), 2 ** 31 - 1);

// The outermost 64-bit numbers have no exact double; JSON.parse rounds them to the powers of two themselves. So 2^63 and
// 2^64 are taken and stand for 2^63-1 and 2^64-1: "no limit" wherever the specification has such a field.
export const int64: Schema<number> = integer(-(2 ** 63), 2 ** 63);
export const uint64: Schema<number> = integer(0, 2 ** 64);

/** A uint64 of which each bit counts: a bigint when a double cannot hold it and the document was read by `parseJson`. */
export const exactUint64: Schema<number | bigint> = (value, path, problems) => {
  const number = uint64(value, path, problems);
  return number !== undefined && typeof value === 'bigint' ? value : number;
};

/**
 * A user or group id that a process can have. 2^32-1 is none: as (uid_t)-1 it tells setresuid(2) and chown(2) to leave the
 * id as it is, so a container meant to run as nobody in particular would keep root.
 */
export const userOrGroupId: Schema<number> = integer(0, 2 ** 32 - 2);

const SHOWN_LENGTH = 60;

/** A value as messages show it; long ones are cut, since a message is for one line. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? value : String(value);
  const cut = text.slice(0, SHOWN_LENGTH);
  return (typeof value === 'string' ? quoted(cut) : cut) + (text.length > SHOWN_LENGTH ? '…' : '');
}
