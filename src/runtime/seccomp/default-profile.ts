import type { LinuxSeccomp, LinuxSeccompArgument, LinuxSyscallRule } from '../../spec/index.ts';
import { MACHINE_ARCHITECTURES, type MachineArchitecture } from './abi.ts';
import {
  ALLOWED_ON_ARCHITECTURE,
  ALLOWED_SOCKET_FAMILIES,
  ALLOWED_WITH_CAPABILITY,
  ALWAYS_ALLOWED,
} from './default-profile-groups.ts';
import { isKernelAtLeast, parseKernelVersion } from './kernel-version.ts';

/** What a profile depends on. */
export interface SeccompCircumstances {
  /** The container's bounding set, `CAP_SYS_ADMIN` and so on. */
  capabilities: readonly string[];
  arch: MachineArchitecture;
  /** Release of the running kernel as uname(2) gives it: `6.1.0-18-amd64`. */
  kernel: string;
}

const EPERM = 1;
const ENOSYS = 38;

/** CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET: a namespace of one's own is the way to new attack surface. */
const CLONE_NEW_NAMESPACES = 0x7e02_0000;

/**
 * personality(2): PER_LINUX, PER_LINUX32, both with UNAME26, and the question what it is. Not READ_IMPLIES_EXEC or
 * ADDR_NO_RANDOMIZE, which weaken the process (and BSD emulation has no use).
 */
const PERSONALITIES = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

/**
 * The profile that a container gets when nothing else is asked for, with the reach of Docker's: an allow list, everything
 * else answers EPERM. Calls that need a capability follow the bounding set.
 */
export function defaultSeccompProfile({ capabilities, arch, kernel }: SeccompCircumstances): LinuxSeccomp {
  const granted = Object.entries(ALLOWED_WITH_CAPABILITY).filter(([name]) => capabilities.includes(name));
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    architectures: MACHINE_ARCHITECTURES[arch],
    syscalls: [
      ...Object.values(ALWAYS_ALLOWED).map((names) => allow(names)),
      allow(ALLOWED_ON_ARCHITECTURE[arch]),
      ...granted.map(([, names]) => allow(names)),
      ...tracing(kernel),
      ...Object.values(ALLOWED_SOCKET_FAMILIES).map((family) => allow('socket', equals(family))),
      ...PERSONALITIES.map((personality) => allow('personality', equals(personality))),
      ...(capabilities.includes('CAP_SYS_ADMIN') ? [] : cloning()),
    ],
  };
}

/** Before Linux 4.8 a tracer could change a call after seccomp had looked at it (seccomp(2), ptrace interaction). */
function tracing(kernel: string): LinuxSyscallRule[] {
  const isSafe = isKernelAtLeast(parseKernelVersion(kernel, 'kernel'), { major: 4, minor: 8 });
  return isSafe ? [allow('process_vm_readv process_vm_writev ptrace')] : [];
}

/**
 * Threads and processes, but no namespaces. The flags of clone3 lie in memory where a filter cannot look, so it must
 * seem not to exist: then a C library falls back to clone.
 */
function cloning(): LinuxSyscallRule[] {
  return [
    allow('clone', { index: 0, op: 'SCMP_CMP_MASKED_EQ', value: CLONE_NEW_NAMESPACES, valueTwo: 0 }),
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  ];
}

function allow(names: string, ...args: LinuxSeccompArgument[]): LinuxSyscallRule {
  return { names: names.split(' '), action: 'SCMP_ACT_ALLOW', ...(args.length > 0 && { args }) };
}

/** All 64 bits count, although the kernel looks at 32: a family with bits above them must not pass as another. */
function equals(value: number): LinuxSeccompArgument {
  return { index: 0, op: 'SCMP_CMP_EQ', value };
}
