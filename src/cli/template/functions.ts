import { type GoMethod, type GoValue, isTrue, print, toJson } from './go-value.ts';
import { format } from './printf.ts';
import { templateError } from './template-error.ts';

/** Functions that take a value and give one: Go's own and those that Docker adds. */
export const FUNCTIONS: Readonly<Record<string, GoMethod>> = {
  json: (value) => toJson(value),
  len: (value) => lengthOf(value),
  index: (value, ...keys) => keys.reduce(at, value),
  not: (value) => !isTrue(value),
  eq: (first, ...others) => {
    if (others.length === 0) throw templateError('eq needs two values');
    return others.some((other) => compare(first, other) === 0);
  },
  ne: (a, b) => compare(a, b) !== 0,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  print: (...values) => joinPrinted(values),
  println: (...values) => `${values.map(print).join(' ')}\n`,
  printf: (pattern, ...values) => format(text(pattern), values),
  join: (list, separator) => listOf(list).map(print).join(text(separator)),
  split: (value, separator) => text(value).split(text(separator)),
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  title: (value) => text(value).replace(/(^|\s)\S/g, (letter) => letter.toUpperCase()),
  pad: (value, before, after) => ' '.repeat(count(before)) + text(value) + ' '.repeat(count(after)),
  truncate: (value, length) => [...text(value)].slice(0, count(length)).join(''),
};

function text(value: GoValue): string {
  if (typeof value === 'string') return value;
  throw templateError(`expected text, not ${print(value)}`);
}

function count(value: GoValue): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 10_000) return value;
  throw templateError(`expected a small whole number, not ${print(value)}`);
}

function listOf(value: GoValue): readonly GoValue[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw templateError(`expected a list, not ${print(value)}`);
}

function lengthOf(value: GoValue): number {
  if (value === null || value === undefined) return 0;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Map) return value.size;
  return listOf(value).length;
}

function at(value: GoValue, key: GoValue): GoValue {
  if (value instanceof Map) return value.get(text(key)) ?? '';
  const list = typeof value === 'string' ? [...Buffer.from(value)] : listOf(value);
  const position = count(key);
  if (position >= list.length) throw templateError(`index ${position} of a list of ${list.length}`);
  return list[position];
}

function compare(a: GoValue, b: GoValue): number {
  if (a === b || (a ?? undefined) === (b ?? undefined)) return 0;
  if ((typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string'))
    return a < b ? -1 : 1;
  if (typeof a === 'boolean' && typeof b === 'boolean') return a ? 1 : -1;
  if (a === null || a === undefined || b === null || b === undefined) return 1;
  throw templateError(`cannot compare ${print(a)} and ${print(b)}`);
}

/** Go's fmt.Sprint: a space between two values of which neither is text. */
function joinPrinted(values: readonly GoValue[]): string {
  return values.reduce<string>((all, value, i) => {
    const apart = i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string';
    return `${all}${apart ? ' ' : ''}${print(value)}`;
  }, '');
}
