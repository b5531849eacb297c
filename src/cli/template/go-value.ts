import { showDuration } from '../../base/index.ts';
import { templateError } from './template-error.ts';

/**
 * What a template works on. A plain object stands for a Go struct: a field that it lacks is an error, and one that is
 * undefined is empty, and left out of JSON. A Map stands for a
 * Go map: a key that it lacks gives nothing, and keys come in order. A function stands for a method with arguments.
 */
export type GoValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly GoValue[]
  | ReadonlyMap<string, GoValue>
  | GoMethod
  | GoDuration
  | GoStruct;

export type GoMethod = (...args: GoValue[]) => GoValue;

/** Go's time.Duration: text in a template, nanoseconds in JSON. */
export class GoDuration {
  readonly #nanoseconds: number;

  constructor(nanoseconds: number) {
    this.#nanoseconds = nanoseconds;
  }

  toString(): string {
    return showDuration(this.#nanoseconds / 1e6);
  }

  toJSON(): number {
    return this.#nanoseconds;
  }
}

export interface GoStruct {
  readonly [field: string]: GoValue;
}

function isStruct(value: GoValue): value is GoStruct {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof GoDuration)
  );
}

/** Entries of a map in Go's order: by key. */
export function sortedEntries(map: ReadonlyMap<string, GoValue>): [string, GoValue][] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Go's idea of an empty value, which `if` takes for false. */
export function isTrue(value: GoValue): boolean {
  if (value === null || value === undefined || value === '' || value === 0 || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !(value instanceof Map) || value.size > 0;
}

/** As Go's fmt prints with %v: `[a b]`, `map[a:1 b:2]`, `{x y}`. */
export function print(value: GoValue): string {
  if (value === undefined) return '<no value>';
  if (typeof value === 'string') return value;
  if (typeof value === 'function') return print(value());
  if (value instanceof GoDuration) return value.toString();
  return typeof value === 'object' ? printInside(value) : String(value);
}

function printInside(value: GoValue): string {
  if (value === undefined) return '<nil>';
  if (value === null) return '[]'; // an empty list, for Go
  if (Array.isArray(value)) return `[${value.map(printInside).join(' ')}]`;
  if (value instanceof Map)
    return `map[${sortedEntries(value)
      .map(([key, own]) => `${key}:${printInside(own)}`)
      .join(' ')}]`;
  if (isStruct(value))
    return `{${fieldsOf(value)
      .map(([, own]) => printInside(own))
      .join(' ')}}`;
  return print(value);
}

function fieldsOf(value: GoStruct): [string, GoValue][] {
  return Object.entries(value).filter(([, own]) => typeof own !== 'function');
}

/** As Go's encoding/json writes it; `indent` for the form of `inspect`. */
export function toJson(value: GoValue, indent = ''): string {
  return JSON.stringify(jsonValue(value), undefined, indent);
}

function jsonValue(value: GoValue): unknown {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(jsonValue);
  if (value instanceof Map) return Object.fromEntries(sortedEntries(value).map(([key, own]) => [key, jsonValue(own)]));
  if (isStruct(value))
    return Object.fromEntries(
      fieldsOf(value).flatMap(([name, own]) => (own === undefined ? [] : [[name, jsonValue(own)]])),
    );
  return value;
}

/** `.Name` of a value. */
export function fieldOf(value: GoValue, name: string): GoValue {
  if (value === null || value === undefined) throw templateError(`nothing there that could have a field .${name}`);
  if (value instanceof Map) return value.get(name);
  if (isStruct(value) && Object.hasOwn(value, name)) return value[name];
  throw templateError(
    isStruct(value) ? `there is no field .${name}; there are ${fieldNames(value)}` : `.${name} of what has no fields`,
  );
}

function fieldNames(value: GoStruct): string {
  return Object.keys(value)
    .map((name) => `.${name}`)
    .join(', ');
}
