/**
 * The closed set of error kinds. Everything that a caller may branch on is a kind or a code, never a text.
 * Kinds become exit codes, HTTP status codes and messages at one place each.
 */
export type ErrorKind =
  | 'invalid'
  | 'not-found'
  | 'conflict'
  | 'denied'
  | 'unavailable'
  | 'unsupported'
  | 'exhausted'
  | 'cancelled'
  | 'internal';

/** What an error may carry besides its message. */
export interface ErrorDetail {
  /** Stable, documented identifier, upper snake case: `ROOTFS_MISSING`. */
  code: string;
  /** What the reader can do about it, one sentence. */
  hint?: string | undefined;
  cause?: unknown;
}

/** The one error class of the project; the cause is always kept. */
export class KeelsonError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, message: string, detail: ErrorDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'KeelsonError';
    this.kind = kind;
    this.code = detail.code;
    this.hint = detail.hint;
  }
}

/** Is `error` a Keelson error, of `kind` where one is given? */
export function isKeelsonError(error: unknown, kind?: ErrorKind): error is KeelsonError {
  return error instanceof KeelsonError && (kind === undefined || error.kind === kind);
}
