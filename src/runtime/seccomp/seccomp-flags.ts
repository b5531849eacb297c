import type { SeccompFlag } from '../../spec/index.ts';
import { invalidProfile } from './seccomp-rules.ts';

/** SECCOMP_FILTER_FLAG_* of include/uapi/linux/seccomp.h. */
const FLAG_LOG = 1 << 1;
const FLAG_SPEC_ALLOW = 1 << 2;
export const FLAG_NEW_LISTENER = 1 << 3;
const FLAG_WAIT_KILLABLE_RECV = 1 << 5;

/** What the kernel takes only together with somebody who listens. */
export const LISTENER_FLAGS = FLAG_NEW_LISTENER | FLAG_WAIT_KILLABLE_RECV;

const FLAGS: Record<SeccompFlag, number> = {
  // Every other thread of the caller gets the filter too. The process that installs it has no other thread.
  SECCOMP_FILTER_FLAG_TSYNC: 0,
  SECCOMP_FILTER_FLAG_LOG: FLAG_LOG,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: FLAG_WAIT_KILLABLE_RECV,
};

/**
 * The bits for seccomp(2). A profile without `flags` gets SPEC_ALLOW, as runc and crun do: before Linux 5.16 a filter
 * otherwise switches the speculative store bypass mitigation on, which slows everything that the process does.
 *
 * @throws KeelsonError `SECCOMP_PROFILE_INVALID` for an unknown flag, or one that the kernel refuses without a listener
 */
export function readSeccompFlags(flags: readonly SeccompFlag[] | undefined, listener: boolean): number {
  if (flags === undefined) return FLAG_SPEC_ALLOW;
  let bits = 0;
  for (const [index, flag] of flags.entries()) {
    const field = `seccomp.flags[${index}]`;
    if (!Object.hasOwn(FLAGS, flag)) throw invalidProfile(field, `unknown flag "${String(flag)}"`);
    if (flag === 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV' && !listener) {
      throw invalidProfile(field, `${flag} needs a rule with SCMP_ACT_NOTIFY`);
    }
    bits |= FLAGS[flag];
  }
  return bits;
}
