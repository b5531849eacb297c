import { KeelsonError } from '../../base/index.ts';
import type { SeccompAction } from '../../spec/index.ts';

/** SECCOMP_RET_* of include/uapi/linux/seccomp.h, what a filter returns; `SCMP_ACT_KILL` is the old name of KILL_THREAD. */
const RETURN_VALUES: Record<SeccompAction, number> = {
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_KILL: 0x0000_0000,
  SCMP_ACT_KILL_THREAD: 0x0000_0000,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_NOTIFY: 0x7fc0_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
};

export const KILL_PROCESS = RETURN_VALUES.SCMP_ACT_KILL_PROCESS;

const EPERM = 1;
const ENOSYS = 38;

/** MAX_ERRNO of include/linux/err.h: the kernel caps a larger errno silently. */
const MAX_ERRNO = 4095;
/** SECCOMP_RET_DATA */
const MAX_DATA = 0xffff;

/** What a filter returns to make a call answer ENOSYS, as a kernel without the call would. */
export const RETURN_ENOSYS = RETURN_VALUES.SCMP_ACT_ERRNO | ENOSYS;

/** Is `name` an action of the OCI runtime specification? */
export function isSeccompAction(name: unknown): name is SeccompAction {
  return typeof name === 'string' && Object.hasOwn(RETURN_VALUES, name);
}

/**
 * The 32-bit value that a filter returns for an action.
 *
 * @param errnoRet errno or trace data; EPERM when absent
 * @param field how to name the errno in an error: `seccomp.syscalls[3].errnoRet`
 * @throws KeelsonError `SECCOMP_PROFILE_INVALID` when the action has no room for `errnoRet` or it is out of range
 */
export function returnValue(action: SeccompAction, errnoRet: number | undefined, field: string): number {
  const takesData = action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE';
  if (!takesData && errnoRet !== undefined) {
    throw new KeelsonError('invalid', `${field}: ${action} has no errno`, {
      code: 'SECCOMP_PROFILE_INVALID',
      hint: 'Only SCMP_ACT_ERRNO and SCMP_ACT_TRACE take one.',
    });
  }
  if (!takesData) return RETURN_VALUES[action];
  const data = errnoRet ?? EPERM;
  const limit = action === 'SCMP_ACT_ERRNO' ? MAX_ERRNO : MAX_DATA;
  if (!Number.isInteger(data) || data < 0 || data > limit) {
    throw new KeelsonError('invalid', `${field}: ${data} is not a number from 0 to ${limit}`, {
      code: 'SECCOMP_PROFILE_INVALID',
    });
  }
  return RETURN_VALUES[action] | data;
}

/**
 * How far an action lets a call go, as the kernel orders actions (seccomp(2)): lower is stricter. The errno does not
 * count, and KILL_PROCESS is the strictest although its value has the highest bit.
 */
export function permissiveness(value: number): number {
  return (value & 0xffff_0000) | 0;
}

/** Does the action let calls through that the kernel may not know yet, so that the kernel itself answers ENOSYS? */
export function leavesUnknownCallsToKernel(action: SeccompAction): boolean {
  return action === 'SCMP_ACT_ALLOW' || action === 'SCMP_ACT_LOG' || action === 'SCMP_ACT_TRACE';
}
