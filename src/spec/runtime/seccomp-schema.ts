import type { LinuxSeccomp, LinuxSeccompArgument, LinuxSyscallRule } from '../linux-seccomp.ts';
import { list, object, optional } from '../schema/composites.ts';
import { exactUint64, integer, nonEmptyString, oneOf, string, uint32 } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

export const SECCOMP_ACTIONS = [
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
] as const;

export const SECCOMP_OPERATORS = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
] as const;

export const SECCOMP_FLAGS = [
  'SECCOMP_FILTER_FLAG_TSYNC',
  'SECCOMP_FILTER_FLAG_LOG',
  'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
  'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
] as const;

export const SECCOMP_ARCHITECTURES = [
  'SCMP_ARCH_X86',
  'SCMP_ARCH_X86_64',
  'SCMP_ARCH_X32',
  'SCMP_ARCH_ARM',
  'SCMP_ARCH_AARCH64',
  'SCMP_ARCH_MIPS',
  'SCMP_ARCH_MIPS64',
  'SCMP_ARCH_MIPS64N32',
  'SCMP_ARCH_MIPSEL',
  'SCMP_ARCH_MIPSEL64',
  'SCMP_ARCH_MIPSEL64N32',
  'SCMP_ARCH_PPC',
  'SCMP_ARCH_PPC64',
  'SCMP_ARCH_PPC64LE',
  'SCMP_ARCH_S390',
  'SCMP_ARCH_S390X',
  'SCMP_ARCH_PARISC',
  'SCMP_ARCH_PARISC64',
  'SCMP_ARCH_RISCV64',
  'SCMP_ARCH_LOONGARCH64',
  'SCMP_ARCH_M68K',
  'SCMP_ARCH_SH',
  'SCMP_ARCH_SHEB',
] as const;

export const argumentSchema: Schema<LinuxSeccompArgument> = object<LinuxSeccompArgument>({
  index: integer(0, 5), // a system call has six arguments
  value: exactUint64,
  valueTwo: optional(exactUint64),
  op: oneOf(SECCOMP_OPERATORS),
});

const ruleSchema: Schema<LinuxSyscallRule> = object<LinuxSyscallRule>({
  names: list(nonEmptyString),
  action: oneOf(SECCOMP_ACTIONS),
  errnoRet: optional(uint32),
  args: optional(list(argumentSchema)),
});

export const seccompSchema: Schema<LinuxSeccomp> = object<LinuxSeccomp>({
  defaultAction: oneOf(SECCOMP_ACTIONS),
  defaultErrnoRet: optional(uint32),
  architectures: optional(list(oneOf(SECCOMP_ARCHITECTURES))),
  flags: optional(list(oneOf(SECCOMP_FLAGS))),
  listenerPath: optional(string),
  listenerMetadata: optional(string),
  syscalls: optional(list(ruleSchema)),
});
