import { ExtendedProgram, type Register } from '../../kernel/index.ts';
import { ALL_ACCESS, type DeviceException, type DevicePolicy } from './device-policy.ts';

/** struct bpf_cgroup_dev_ctx of include/uapi/linux/bpf.h: access_type, major, minor. */
const CONTEXT: Register = 1;
const ACCESS_TYPE = 0;
const MAJOR = 4;
const MINOR = 8;

/** BPF_DEVCG_DEV_*: the lower half of access_type. The upper half has the access. */
const DEVICE_TYPES = { b: 1, c: 2 } as const;

const TYPE_REGISTER: Register = 2;
const ACCESS_REGISTER: Register = 3;
const MAJOR_REGISTER: Register = 4;
const MINOR_REGISTER: Register = 5;

/**
 * The policy as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE, to be attached to a v2 cgroup with
 * BPF_CGROUP_DEVICE: the kernel asks it at each open(2) and mknod(2) of a device node, and takes 1 for yes. It uses no
 * helper, so the license it is loaded with does not matter.
 *
 * @returns `struct bpf_insn[]`
 */
export function deviceProgram({ allowed, exceptions }: DevicePolicy): Uint8Array {
  const program = new ExtendedProgram()
    .load32(TYPE_REGISTER, CONTEXT, ACCESS_TYPE)
    .copy32(ACCESS_REGISTER, TYPE_REGISTER)
    .mask32(TYPE_REGISTER, 0xffff)
    .shiftRight32(ACCESS_REGISTER, 16)
    .load32(MAJOR_REGISTER, CONTEXT, MAJOR)
    .load32(MINOR_REGISTER, CONTEXT, MINOR);
  for (const [index, exception] of exceptions.entries()) {
    const next = `after ${index}`;
    addMatch(program, exception, next);
    addAccess(program, { allowed, exception, next });
    program.exit(allowed ? 0 : 1).label(next);
  }
  return program.exit(allowed ? 1 : 0).assemble();
}

/** Goes to `next` for other devices than the exception's. */
function addMatch(program: ExtendedProgram, { type, major, minor }: DeviceException, next: string): void {
  program.jumpIfNot(TYPE_REGISTER, DEVICE_TYPES[type], next);
  if (major !== undefined) program.jumpIfNot(MAJOR_REGISTER, major, next);
  if (minor !== undefined) program.jumpIfNot(MINOR_REGISTER, minor, next);
}

/** Goes to `next` when the exception does not decide about the access that is asked for. */
function addAccess(
  program: ExtendedProgram,
  { allowed, exception: { access }, next }: { allowed: boolean; exception: DeviceException; next: string },
): void {
  if (allowed) {
    // Any denied part denies the whole: somebody who may not read must not open for reading and writing either.
    const denied = `denied before ${next}`;
    program.jumpIfAny(ACCESS_REGISTER, access, denied).jump(next).label(denied);
  } else if (access !== ALL_ACCESS) {
    program.jumpIfAny(ACCESS_REGISTER, ALL_ACCESS & ~access, next);
  }
}
