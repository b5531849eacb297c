import type { ErrorKind } from '../base/index.ts';
import { KeelsonError } from '../base/index.ts';
import type { Call, Step } from './call.ts';
import { describeErrno, errnoName } from './errno.ts';
import { showCall } from './show-call.ts';

const KINDS: Readonly<Record<string, ErrorKind>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  ENOENT: 'not-found',
  ESRCH: 'not-found',
  ENODEV: 'not-found',
  ENXIO: 'not-found',
  EEXIST: 'conflict',
  EBUSY: 'conflict',
  EADDRINUSE: 'conflict',
  EROFS: 'denied',
  EINVAL: 'invalid',
  ENAMETOOLONG: 'invalid',
  ELOOP: 'invalid',
  ENOTDIR: 'invalid',
  EISDIR: 'invalid',
  ENOTBLK: 'invalid',
  ENOEXEC: 'invalid',
  E2BIG: 'invalid',
  ERANGE: 'invalid',
  EDOM: 'invalid',
  EOVERFLOW: 'invalid',
  ENOSYS: 'unsupported',
  EOPNOTSUPP: 'unsupported',
  ENOSPC: 'exhausted',
  EMFILE: 'exhausted',
  ENFILE: 'exhausted',
  ENOMEM: 'exhausted',
  EDQUOT: 'exhausted',
  ECANCELED: 'cancelled',
  ENETUNREACH: 'unavailable',
  EADDRNOTAVAIL: 'unavailable',
};

/** What sort of failure an errno stands for. */
export function kindOfErrno(errno: number): ErrorKind {
  return KINDS[errnoName(errno)] ?? 'internal';
}

/** A system call failed: which one, with which arguments, why, and what it was for. `code` is the errno's name. */
export class SyscallError extends KeelsonError {
  /** `openat2` */
  readonly syscall: string;
  /** The call as strace would print it. */
  readonly shown: string;
  /** Positive errno. */
  readonly errno: number;
  readonly step: Step | undefined;
  /** `no such file or directory` */
  readonly reason: string;

  constructor(call: Call, errno: number, hint?: string) {
    const name = errnoName(errno);
    const shown = showCall(call);
    const purpose = call.step ? `cannot ${oneLine(call.step.title)}: ` : '';
    super(kindOfErrno(errno), `${purpose}${describeErrno(errno)} (${name} from ${oneLine(shown)})`, {
      code: name,
      hint,
    });
    this.name = 'SyscallError';
    this.syscall = call.name;
    this.shown = shown;
    this.errno = errno;
    this.step = call.step;
    const reason = describeErrno(errno);
    this.reason = `${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
  }
}

const LONGEST = 300;

/** Names that a bundle chose are in it: they must neither steer the terminal nor fill it. */
function oneLine(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return cut.replace(/\p{Cc}/gu, (c) => `\\x${(c.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`);
}
