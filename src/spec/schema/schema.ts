import { ProblemList, problemError } from './problem.ts';

/**
 * Reads a JSON value as a T: checks type and range, keeps the fields it knows, leaves out the others, as the OCI
 * specifications require. What is wrong is added to `problems` and nothing is thrown, so that one run finds all of it;
 * a result is whole only when nothing was added.
 *
 * Hand-written rather than a library: the command line starts with it, and a page of functions loads in well under a
 * millisecond.
 */
export type Schema<T> = (value: unknown, path: string, problems: ProblemList) => T | undefined;

/**
 * Reads a whole document.
 * @param document what it is called in the message: `config.json`
 * @throws KeelsonError `invalid` with `code`, for the first problem
 */
export function readDocument<T>(schema: Schema<T>, value: unknown, { code, document }: DocumentName): T {
  const problems = new ProblemList();
  const result = schema(value, '', problems);
  if (result === undefined || problems.problems.length > 0) throw problemError(code, document, problems.problems);
  return result;
}

/** How errors call a document, and the stable code that they carry. */
export interface DocumentName {
  code: string;
  document: string;
}
