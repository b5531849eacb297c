import type { Problem } from '../../schema/problem.ts';

/** One rule: finds what is wrong with a T, which has the right types already. */
export type Check<T> = (value: T) => Iterable<Problem>;

/** All that some checks find, in their order; no more than a person would read. */
export function runChecks<T>(checks: readonly Check<T>[], value: T): Problem[] {
  const problems: Problem[] = [];
  for (const check of checks) {
    for (const problem of check(value)) {
      problems.push(problem);
      if (problems.length >= LIMIT) return problems;
    }
  }
  return problems;
}

const LIMIT = 50;
