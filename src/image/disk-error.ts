import { type ErrorKind, isKeelsonError, KeelsonError } from '../base/index.ts';

const KINDS: Readonly<Record<string, [ErrorKind, string]>> = {
  ENOSPC: ['exhausted', 'make room on its disk'],
  EDQUOT: ['exhausted', 'make room, or raise the quota'],
  EACCES: ['denied', 'run it as the owner, or choose another data root'],
  EPERM: ['denied', 'run it as the owner, or choose another data root'],
  EROFS: ['denied', 'choose a data root that can be written to'],
};

/** Turns an error of node:fs into one of ours; `what` could not be done with `path`. */
export function diskError(what: string, path: string, cause: unknown): KeelsonError {
  if (isKeelsonError(cause)) return cause;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'EIO';
  const [kind, hint] = KINDS[code] ?? ['internal', undefined];
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new KeelsonError(kind, `cannot ${what} ${path}: ${reason}`, { code, hint, cause });
}
