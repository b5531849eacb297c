import fc from 'fast-check';
import type { MachineArchitecture } from '../../../src/runtime/seccomp/abi.ts';
import { syscallTable } from '../../../src/runtime/seccomp/syscall-table.ts';
import type { LinuxSeccomp, LinuxSeccompArgument, LinuxSyscallRule } from '../../../src/spec/index.ts';
import type { SeccompInput } from './run-classic.ts';

/** Names with something special: first and last numbers, multiplexed, private to one ABI, unknown. */
const SPECIAL_NAMES = [
  'read restart_syscall io_setup socket connect accept semop shmat ipc socketcall clone personality set_tls cacheflush',
  'rt_sigaction execve rseq_slice_yield mseal openat waitpid chown32 send no_such_call pidfd_open',
]
  .join(' ')
  .split(' ');

const ALL_NAMES = [...new Set([...syscallTable('x86_64').keys(), ...syscallTable('i386').keys()])];

const EDGES = [0n, 1n, 2n, 0x7fffffffn, 0x80000000n, 0xfffffffen, 0xffffffffn, 0x1_00000000n, 0x1_00000001n];
const HIGH_EDGES = [0x7fffffff_ffffffffn, 0x80000000_00000000n, 0xffffffff_00000000n, 0xffffffff_ffffffffn];

export const argumentValue = fc.oneof(
  fc.constantFrom(...EDGES, ...HIGH_EDGES),
  fc.bigInt(0n, 70n),
  fc.bigInt(0n, 2n ** 64n - 1n),
);

const condition: fc.Arbitrary<LinuxSeccompArgument> = fc.record({
  index: fc.integer({ min: 0, max: 5 }),
  op: fc.constantFrom(
    'SCMP_CMP_NE',
    'SCMP_CMP_LT',
    'SCMP_CMP_LE',
    'SCMP_CMP_EQ',
    'SCMP_CMP_GE',
    'SCMP_CMP_GT',
    'SCMP_CMP_MASKED_EQ',
  ),
  value: argumentValue,
  valueTwo: argumentValue,
});

/** Often about the first argument, so that rules meet and are searched as intervals. */
const conditions = fc.oneof(
  fc.constant([]),
  fc.array(condition, { maxLength: 3 }),
  condition.map((one) => [{ ...one, index: 0 }]),
);

const ruleAction = fc.oneof(
  fc.constantFrom(
    { action: 'SCMP_ACT_ALLOW' } as const,
    { action: 'SCMP_ACT_KILL' } as const,
    { action: 'SCMP_ACT_KILL_PROCESS' } as const,
    { action: 'SCMP_ACT_TRAP' } as const,
    { action: 'SCMP_ACT_LOG' } as const,
    { action: 'SCMP_ACT_ERRNO' } as const,
  ),
  fc.record({
    action: fc.constantFrom('SCMP_ACT_ERRNO', 'SCMP_ACT_TRACE'),
    errnoRet: fc.integer({ min: 0, max: 4095 }),
  }),
);

const names = fc.array(fc.oneof(fc.constantFrom(...SPECIAL_NAMES), fc.constantFrom(...ALL_NAMES)), {
  minLength: 1,
  maxLength: 12,
});

const rule: fc.Arbitrary<LinuxSyscallRule> = fc
  .tuple(names, ruleAction, conditions)
  .map(([list, action, args]) => ({ names: list, ...action, args }));

export const arbitraryProfile: fc.Arbitrary<LinuxSeccomp> = fc
  .tuple(
    ruleAction,
    fc.subarray(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32', 'SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'] as const),
    fc.array(rule, { maxLength: 12 }),
  )
  .map(([{ action, ...data }, architectures, syscalls]) => ({
    defaultAction: action,
    ...('errnoRet' in data && { defaultErrnoRet: data.errnoRet }),
    architectures,
    syscalls,
  }));

const AUDITS: Record<MachineArchitecture, readonly number[]> = {
  x64: [0xc000003e, 0x40000003, 0xc00000b7],
  arm64: [0xc00000b7, 0x40000028, 0xc000003e],
};

/** Calls where a profile's answer changes: the numbers it names and their neighbours, its values and theirs. */
export function interestingInputs(profile: LinuxSeccomp, arch: MachineArchitecture): SeccompInput[] {
  const numbers = new Set([0, 1, 102, 117, 0x3fffffff, 0x40000000, 0x40000200, 0x7fffffff, 0x80000000, 0xffffffff]);
  for (const name of (profile.syscalls ?? []).flatMap((entry) => entry.names)) {
    for (const abi of ['x86_64', 'i386', 'x32', 'arm64', 'arm'] as const) {
      const number = syscallTable(abi).get(name);
      if (number === undefined) continue;
      for (const near of [number - 1, number, number + 1]) {
        if (near >= 0) numbers.add(abi === 'x32' ? near + 0x40000000 : near);
      }
    }
  }
  const values = new Set<bigint>([0n, 1n, 0xffffffffn]);
  for (const { value, valueTwo } of (profile.syscalls ?? []).flatMap((entry) => entry.args ?? [])) {
    for (const base of [BigInt(value), BigInt(valueTwo ?? 0)]) {
      for (const near of [base - 1n, base, base + 1n, base ^ (1n << 32n), base & 0xffffffffn]) {
        values.add(BigInt.asUintN(64, near));
      }
    }
  }
  const list = [...values];
  const inputs: SeccompInput[] = [];
  let turn = 0;
  for (const audit of AUDITS[arch]) {
    const wide = audit >= 0x80000000;
    for (const number of numbers) {
      for (let round = 0; round < 4; round++) {
        const args = Array.from({ length: 6 }, () => list[turn++ % list.length] ?? 0n);
        turn += 1;
        inputs.push({ number, audit, args: wide ? args : args.map((value) => value & 0xffffffffn) });
      }
    }
  }
  return inputs;
}
