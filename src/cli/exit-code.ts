import { isKeelsonError } from '../base/index.ts';

/** Codes that mean the same for every command. docs: `docker run`, "Exit status". */
const CODES: Readonly<Record<string, number>> = {
  COMMAND_NOT_EXECUTABLE: 126,
  COMMAND_NOT_FOUND: 127,
  FLAG_INVALID: 125,
  FLAG_UNKNOWN: 125,
  FLAG_UNSUPPORTED: 125,
  FLAG_VALUE_MISSING: 125,
};

/**
 * The exit code for an error: Docker's.
 * @param failureCode what the command gives for errors of its own: 125 for `run`, 1 for most
 */
export function exitCodeOf(error: unknown, failureCode: number): number {
  if (!isKeelsonError(error)) return failureCode;
  return Object.hasOwn(CODES, error.code) ? (CODES[error.code] ?? failureCode) : failureCode;
}
