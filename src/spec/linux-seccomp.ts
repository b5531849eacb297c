/**
 * `linux.seccomp` of the OCI runtime specification 1.3
 * (https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#seccomp). Types only.
 */
export interface LinuxSeccomp {
  /** What happens to a call that no rule names. */
  defaultAction: SeccompAction;
  /** Errno of `SCMP_ACT_ERRNO` or data of `SCMP_ACT_TRACE` as default action; EPERM when absent. */
  defaultErrnoRet?: number | undefined;
  /** Architectures whose calls are filtered besides the machine's own. */
  architectures?: readonly SeccompArchitecture[] | undefined;
  /** Flags of seccomp(2). Absent is not the same as empty: see `compileSeccomp`. */
  flags?: readonly SeccompFlag[] | undefined;
  /** Unix socket to which the notification descriptor is sent when a rule has `SCMP_ACT_NOTIFY`. */
  listenerPath?: string | undefined;
  /** Opaque text that goes with the descriptor. */
  listenerMetadata?: string | undefined;
  syscalls?: readonly LinuxSyscallRule[] | undefined;
}

/** One entry of `syscalls`: an action for some calls, if all `args` hold. */
export interface LinuxSyscallRule {
  names: readonly string[];
  action: SeccompAction;
  /** Errno of `SCMP_ACT_ERRNO` or data of `SCMP_ACT_TRACE`; EPERM when absent. */
  errnoRet?: number | undefined;
  args?: readonly LinuxSeccompArgument[] | undefined;
}

/** A condition on one argument. The values are unsigned 64-bit integers: `bigint` above 2^53 - 1. */
export interface LinuxSeccompArgument {
  /** 0 … 5 */
  index: number;
  /** What to compare with; for `SCMP_CMP_MASKED_EQ` the mask. */
  value: number | bigint;
  /** For `SCMP_CMP_MASKED_EQ` what the masked argument must be; 0 when absent. */
  valueTwo?: number | bigint | undefined;
  op: SeccompOperator;
}

export type SeccompAction =
  | 'SCMP_ACT_KILL'
  | 'SCMP_ACT_KILL_PROCESS'
  | 'SCMP_ACT_KILL_THREAD'
  | 'SCMP_ACT_TRAP'
  | 'SCMP_ACT_ERRNO'
  | 'SCMP_ACT_TRACE'
  | 'SCMP_ACT_ALLOW'
  | 'SCMP_ACT_LOG'
  | 'SCMP_ACT_NOTIFY';

export type SeccompOperator =
  | 'SCMP_CMP_NE'
  | 'SCMP_CMP_LT'
  | 'SCMP_CMP_LE'
  | 'SCMP_CMP_EQ'
  | 'SCMP_CMP_GE'
  | 'SCMP_CMP_GT'
  | 'SCMP_CMP_MASKED_EQ';

export type SeccompFlag =
  | 'SECCOMP_FILTER_FLAG_TSYNC'
  | 'SECCOMP_FILTER_FLAG_LOG'
  | 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'
  | 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV';

export type SeccompArchitecture =
  | 'SCMP_ARCH_X86'
  | 'SCMP_ARCH_X86_64'
  | 'SCMP_ARCH_X32'
  | 'SCMP_ARCH_ARM'
  | 'SCMP_ARCH_AARCH64'
  | 'SCMP_ARCH_MIPS'
  | 'SCMP_ARCH_MIPS64'
  | 'SCMP_ARCH_MIPS64N32'
  | 'SCMP_ARCH_MIPSEL'
  | 'SCMP_ARCH_MIPSEL64'
  | 'SCMP_ARCH_MIPSEL64N32'
  | 'SCMP_ARCH_PPC'
  | 'SCMP_ARCH_PPC64'
  | 'SCMP_ARCH_PPC64LE'
  | 'SCMP_ARCH_S390'
  | 'SCMP_ARCH_S390X'
  | 'SCMP_ARCH_PARISC'
  | 'SCMP_ARCH_PARISC64'
  | 'SCMP_ARCH_RISCV64'
  | 'SCMP_ARCH_LOONGARCH64'
  | 'SCMP_ARCH_M68K'
  | 'SCMP_ARCH_SH'
  | 'SCMP_ARCH_SHEB';
