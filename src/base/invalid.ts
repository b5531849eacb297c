import { KeelsonError } from './error.ts';

/** An `invalid` error in one line: the commonest of all, thrown by whatever reads what a person or a file says. */
export function invalid(code: string, message: string, hint?: string): KeelsonError {
  return new KeelsonError('invalid', message, { code, hint });
}
