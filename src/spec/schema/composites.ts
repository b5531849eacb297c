import { fieldPath } from './problem.ts';
import { shown, string } from './scalars.ts';
import type { Schema } from './schema.ts';

/** A field that may be missing. */
export interface Optional<T> {
  optional: Schema<T>;
}

/**
 * Marks a field that may be missing. `null` counts as missing: Go programs, which write most of these documents, read it
 * so, and write it for an empty list.
 */
export function optional<T>(schema: Schema<T>): Optional<T> {
  return { optional: schema };
}

/** A schema for each field of T, optional where T's field is; so the compiler sees to it that none is forgotten. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Schema<Exclude<T[K], undefined>>;
};

/** An object of known fields; others are left out. */
export function object<T extends object>(fields: Fields<T>): Schema<T> {
  const entries = Object.entries<Schema<unknown> | Optional<unknown>>({ ...fields });
  return (value, path, problems) => {
    if (!isRecord(value)) {
      problems.add(path, `must be an object, not ${shown(value)}`);
      return undefined;
    }
    const result: Record<string, unknown> = {};
    for (const [key, field] of entries) {
      const given = Object.hasOwn(value, key) ? value[key] : undefined;
      const required = typeof field === 'function';
      if (given === undefined || given === null) {
        if (required) problems.add(fieldPath(path, key), 'is missing');
        continue;
      }
      const read = (required ? field : field.optional)(given, fieldPath(path, key), problems);
      if (read !== undefined) result[key] = read;
    }
    // Whole unless a problem was added, and a document with problems is not handed out; the compiler cannot know that.
    return result as T;
  };
}

/** A list of things of one kind. */
export function list<T>(item: Schema<T>): Schema<T[]> {
  return (value, path, problems) => {
    if (!Array.isArray(value)) {
      problems.add(path, `must be an array, not ${shown(value)}`);
      return undefined;
    }
    const result: T[] = [];
    for (let i = 0; i < value.length; i++) {
      const read = item(value[i], `${path}[${i}]`, problems);
      if (read !== undefined) result.push(read);
    }
    return result;
  };
}

/** An object whose keys are data: names of sysctls, labels, devices. */
export function mapOf<T>(item: Schema<T>): Schema<Record<string, T>> {
  return (value, path, problems) => {
    if (!isRecord(value)) {
      problems.add(path, `must be an object, not ${shown(value)}`);
      return undefined;
    }
    const entries: [string, T][] = [];
    for (const [key, given] of Object.entries(value)) {
      const place = fieldPath(path, key);
      string(key, place, problems);
      const read = item(given, place, problems);
      if (read !== undefined) entries.push([key, read]);
    }
    return Object.fromEntries(entries); // unlike assignment, safe with a key `__proto__`
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
