import { KeelsonError } from '../../base/index.ts';

/** One thing that is wrong, or at least odd, in a document. */
export interface Problem {
  /** Where, from the root of the document: `linux.resources.memory.limit`, `mounts[2].options[0]`; empty for the root. */
  path: string;
  /** What is wrong, to follow the path in a sentence: "must be an absolute path, not 'tmp'". */
  message: string;
  /** What the author of the document can do. */
  hint?: string | undefined;
}

/** What was found so far. Bounded, because a hostile document can be wrong in a million places. */
export class ProblemList {
  static readonly LIMIT = 50;
  readonly problems: Problem[] = [];

  add(path: string, message: string, hint?: string): void {
    if (this.problems.length < ProblemList.LIMIT) this.problems.push({ path, message, hint });
  }
}

/** The path of a field of an object, of any name: `linux.sysctl["net.ipv4.ip_forward"]` when a dot would mislead. */
export function fieldPath(path: string, key: string): string {
  if (!/^[\w-]{1,64}$/.test(key)) return `${path}[${quoted(key.slice(0, 64))}]`;
  return path === '' ? key : `${path}.${key}`;
}

/**
 * A text in quotes, with every character escaped that could steer the terminal of whoever reads it, or turn its order
 * (CVE-2021-42574): documents come from strangers.
 */
export function quoted(text: string): string {
  return escaped(JSON.stringify(text));
}

export function escaped(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

/** Turns the first of some problems into the error to throw; it says how many there are. */
export function problemError(code: string, document: string, problems: readonly Problem[]): KeelsonError {
  const [first, ...others] = problems;
  const place = first === undefined || first.path === '' ? '' : ` ${first.path}`;
  const more =
    others.length === 0 ? '' : ` (and ${others.length} more ${others.length === 1 ? 'problem' : 'problems'})`;
  return new KeelsonError('invalid', `${document}:${place} ${first?.message ?? 'is invalid'}${more}`, {
    code,
    hint: first?.hint,
  });
}
