import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { AbiName, MachineArchitecture } from '../../../src/runtime/seccomp/abi.ts';
import { compileSeccomp } from '../../../src/runtime/seccomp/compile-seccomp.ts';
import { defaultSeccompProfile } from '../../../src/runtime/seccomp/default-profile.ts';
import { syscallTable } from '../../../src/runtime/seccomp/syscall-table.ts';
import type { LinuxSeccomp, LinuxSyscallRule } from '../../../src/spec/index.ts';
import { argumentValue, interestingInputs } from './arbitrary-profile.ts';
import { buildWithLibseccomp, compileProgram } from './libseccomp.ts';
import { hasMultiplexedForm } from './multiplexed.ts';
import { encodeInput, runClassic, type SeccompInput } from './run-classic.ts';

const program = compileProgram('libseccomp-export', ['-lseccomp']);
after(() => program[Symbol.dispose]());

/** Debian's libseccomp 2.5.4 knows the calls of Linux 5.17. */
const NEWEST_OF_LIBSECCOMP = 450;
const ENOSYS = 0x00050000 + 38;

/** Ours answers ENOSYS past the newest call of the profile, as runc does in front of libseccomp's program. */
function assertSame(
  profile: LinuxSeccomp,
  reference: Uint8Array,
  ours: Uint8Array,
  inputs: readonly SeccompInput[],
): void {
  for (const input of inputs) {
    const data = encodeInput(input);
    const expected = runClassic(reference, data).value;
    const actual = runClassic(ours, data).value;
    if (actual === expected || (actual === ENOSYS && isNewer(profile, input))) continue;
    const call = `${input.number} on 0x${input.audit.toString(16)} with ${input.args.join(', ')}`;
    assert.fail(`call ${call}: libseccomp 0x${expected.toString(16)}, ours 0x${actual.toString(16)}`);
  }
}

function isNewer(profile: LinuxSeccomp, { audit, number }: SeccompInput): boolean {
  const abis: Record<number, AbiName> = { 1073741827: 'i386', 3221225655: 'arm64', 1073741864: 'arm' };
  const abi = abis[audit] ?? (number >= 0x40000000 ? 'x32' : 'x86_64');
  const table = syscallTable(abi);
  const numbers = (profile.syscalls ?? []).flatMap(({ names }) => names.flatMap((name) => table.get(name) ?? []));
  const plain = abi === 'x32' ? number - 0x40000000 : number;
  return number === 0xffffffff || plain > Math.max(...numbers.filter((candidate) => candidate < 0xf0000));
}

function build(profiles: readonly LinuxSeccomp[], arch: MachineArchitecture): (Uint8Array | undefined)[] {
  return buildWithLibseccomp(program.path, profiles, arch);
}

/** Every call of every ABI, with arguments that rules of the default profile look at. */
function everyCall(arch: MachineArchitecture): SeccompInput[] {
  const values = [0n, 1n, 8n, 16n, 38n, 40n, 46n, 0x20008n, 0x1200011n, 0x10000000n, 0xffffffffn, 0x1_00000026n];
  const audits = arch === 'x64' ? [0xc000003e, 0x40000003] : [0xc00000b7, 0x40000028];
  const bits = arch === 'x64' ? [0, 0x40000000] : [0];
  return audits.flatMap((audit) =>
    bits.flatMap((base) =>
      Array.from({ length: 600 }, (_, number) => number).flatMap((number) =>
        values
          .map((value) => (audit < 0x80000000 ? value & 0xffffffffn : value))
          .map((value) => ({ audit, number: base + number, args: [value, value, value, value, value, value] })),
      ),
    ),
  );
}

const capabilitySets = [[], ['CAP_SYS_ADMIN'], ['CAP_SYS_PTRACE', 'CAP_SYS_TIME', 'CAP_SYS_MODULE', 'CAP_SYS_CHROOT']];

for (const arch of ['x64', 'arm64'] as const) {
  test(`the default profile on ${arch}: our filter and libseccomp's agree on every call`, () => {
    const profiles = capabilitySets.map((capabilities) => {
      const profile = defaultSeccompProfile({ capabilities, arch, kernel: '6.1.0' });
      return { ...profile, syscalls: profile.syscalls?.flatMap(knownToLibseccomp) };
    });
    const inputs = everyCall(arch);
    for (const [index, reference] of build(profiles, arch).entries()) {
      const profile = profiles[index];
      assert.ok(reference !== undefined && profile !== undefined);
      const { filter } = compileSeccomp(profile, { arch });
      assertSame(profile, reference, filter, inputs);
      assert.ok(filter.length < reference.length / 2, `${filter.length / 8} against ${reference.length / 8}`);
    }
  });
}

/** Without the names that libseccomp does not know, and without a rule that has no other. */
function knownToLibseccomp(rule: LinuxSyscallRule): LinuxSyscallRule[] {
  const names = rule.names.filter(
    (name) => name !== 'uretprobe' && (syscallTable('arm64').get(name) ?? 0) <= NEWEST_OF_LIBSECCOMP,
  );
  return names.length === 0 ? [] : [{ ...rule, names }];
}

/**
 * Profiles whose meaning libseccomp does not leave open: one rule with conditions for a call, none about calls with a
 * multiplexed form, and values of 32 bits, because it cuts them for 32-bit ABIs and x32.
 */
const NAMES = 'read write openat clone personality prctl ioctl mmap chown32 waitpid epoll_wait setns statx'.split(' ');

const operators = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
] as const;

const definiteProfile: fc.Arbitrary<LinuxSeccomp> = fc
  .tuple(
    fc.constantFrom('SCMP_ACT_ALLOW' as const, 'SCMP_ACT_ERRNO' as const, 'SCMP_ACT_KILL_PROCESS' as const),
    fc.uniqueArray(
      fc.tuple(
        fc.constantFrom(...NAMES),
        fc.constantFrom('SCMP_ACT_TRAP' as const, 'SCMP_ACT_LOG' as const, 'SCMP_ACT_KILL' as const),
        fc.uniqueArray(
          fc.record({
            index: fc.integer({ min: 0, max: 5 }),
            op: fc.constantFrom(...operators),
            value: argumentValue.map((value) => value & 0xffffffffn),
            valueTwo: argumentValue.map((value) => value & 0xffffffffn),
          }),
          { maxLength: 3, selector: ({ index }) => index },
        ),
      ),
      { minLength: 1, maxLength: 8, selector: ([name]) => name },
    ),
    fc.subarray(['SCMP_ARCH_X86', 'SCMP_ARCH_X32', 'SCMP_ARCH_ARM'] as const),
  )
  .map(([defaultAction, rules, architectures]) => ({
    defaultAction,
    architectures,
    syscalls: rules.map(([name, action, args]) => ({ names: [name], action, args })),
  }));

test('random profiles: our filter and libseccomp’s agree', () => {
  const profiles = fc.sample(definiteProfile, 100);
  for (const arch of ['x64', 'arm64'] as const) {
    let compared = 0;
    for (const [index, reference] of build(profiles, arch).entries()) {
      const profile = profiles[index];
      assert.ok(profile !== undefined);
      if (reference === undefined) continue;
      compared += 1;
      const { filter } = compileSeccomp(profile, { arch });
      const inputs = interestingInputs(profile, arch).map(({ args, ...call }) => {
        return { ...call, args: call.number >= 0x40000000 ? args.map((value) => value & 0xffffffffn) : args };
      });
      assertSame(profile, reference, filter, inputs);
    }
    assert.equal(compared, profiles.length);
  }
});

test('several conditional rules for one call, of one action: either is enough, as in libseccomp', () => {
  const values = [1, 5, 9, 0x1_00000005, 0xffffffff];
  const profile: LinuxSeccomp = {
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: values.map((value) => ({
      names: ['read'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 1, op: 'SCMP_CMP_EQ', value }],
    })),
  };
  const [reference] = build([profile], 'x64');
  assert.ok(reference);
  assertSame(profile, reference, compileSeccomp(profile, { arch: 'x64' }).filter, interestingInputs(profile, 'x64'));
});

test('a rule about a socket call covers the multiplexed call of 32-bit programs, as in libseccomp', () => {
  const names = ['socket', 'connect', 'accept', 'send', 'semop', 'semtimedop', 'shmat', 'msgctl'];
  assert.ok(names.every(hasMultiplexedForm));
  for (const [defaultAction, action] of [
    ['SCMP_ACT_ALLOW', 'SCMP_ACT_TRAP'],
    ['SCMP_ACT_ERRNO', 'SCMP_ACT_ALLOW'],
  ] as const) {
    const profile: LinuxSeccomp = {
      defaultAction,
      architectures: ['SCMP_ARCH_X86'],
      syscalls: [{ names, action }],
    };
    const [reference] = build([profile], 'x64');
    assert.ok(reference);
    const inputs = [102, 117, 359, 362, 364, 397].flatMap((number) =>
      Array.from({ length: 30 }, (_, first) => ({ number, audit: 0x40000003, args: [BigInt(first)] })),
    );
    assertSame(profile, reference, compileSeccomp(profile, { arch: 'x64' }).filter, inputs);
  }
});
