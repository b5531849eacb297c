import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MachineArchitecture } from '../../../src/runtime/seccomp/abi.ts';
import { compileSeccomp } from '../../../src/runtime/seccomp/compile-seccomp.ts';
import { defaultSeccompProfile } from '../../../src/runtime/seccomp/default-profile.ts';
import { syscallTable } from '../../../src/runtime/seccomp/syscall-table.ts';
import type { LinuxSeccomp } from '../../../src/spec/index.ts';
import { arbitraryProfile, interestingInputs } from './arbitrary-profile.ts';
import { evaluateProfile } from './evaluate-profile.ts';
import { encodeInput, runClassic } from './run-classic.ts';

function assertSameVerdicts(profile: LinuxSeccomp, arch: MachineArchitecture): void {
  const { filter } = compileSeccomp(profile, { arch });
  for (const input of interestingInputs(profile, arch)) {
    const { value } = runClassic(filter, encodeInput(input));
    const expected = evaluateProfile(profile, arch, input);
    if (value !== expected) {
      const call = `${input.number} on 0x${input.audit.toString(16)} with ${input.args.join(', ')}`;
      assert.fail(`call ${call}: filter says 0x${value.toString(16)}, profile says 0x${expected.toString(16)}`);
    }
  }
}

test('a compiled filter says what the profile says, for random profiles and calls at their edges', () => {
  fc.assert(
    fc.property(arbitraryProfile, fc.constantFrom('x64' as const, 'arm64' as const), (profile, arch) => {
      assertSameVerdicts(profile, arch);
    }),
    { numRuns: Number(process.env.KEELSON_PROPERTY_RUNS ?? 60) },
  );
});

test('branches past 255 instructions still arrive', () => {
  const syscalls = Array.from({ length: 300 }, (_, index) => ({
    names: ['ioctl', 'fcntl', 'prctl'].slice(index % 3, (index % 3) + 1),
    action: 'SCMP_ACT_ERRNO' as const,
    errnoRet: (index % 90) + 1,
    args: [
      { index: 1, op: 'SCMP_CMP_MASKED_EQ' as const, value: 0xffff00ffff, valueTwo: index * 0x1_0001 },
      { index: 2, op: 'SCMP_CMP_GT' as const, value: index },
    ],
  }));
  const architectures = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'] as const;
  const profile: LinuxSeccomp = { defaultAction: 'SCMP_ACT_ALLOW', architectures, syscalls: syscalls.slice(0, 90) };
  assert.ok(compileSeccomp(profile, { arch: 'x64' }).filter.length / 8 > 1000);
  assertSameVerdicts(profile, 'x64');
  assert.throws(() => compileSeccomp({ ...profile, syscalls }, { arch: 'x64' }), { code: 'BPF_TOO_LONG' });
});

for (const arch of ['x64', 'arm64'] as const) {
  test(`the default profile, compiled for ${arch}, says what it says for every call`, () => {
    for (const capabilities of [[], ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE', 'CAP_BPF']]) {
      const profile = defaultSeccompProfile({ capabilities, arch, kernel: '6.18.0' });
      assertSameVerdicts(profile, arch);
    }
  });
}

test('the default profile stays small: a binary search, not a list', () => {
  const profile = defaultSeccompProfile({ capabilities: [], arch: 'x64', kernel: '6.18.0' });
  const { filter, warnings } = compileSeccomp(profile, { arch: 'x64' });
  assert.deepEqual(warnings, []);
  assert.ok(filter.length / 8 < 400, `${filter.length / 8} instructions`);
  for (let number = 0; number < 480; number++) {
    const { steps, sawArguments } = runClassic(filter, encodeInput({ number, audit: 0xc000003e, args: [] }));
    assert.ok(steps <= 24, `call ${number} takes ${steps} instructions`);
    // Linux 5.11 caches the answer for all others, and does not run the filter for them (seccomp_is_const_allow).
    const names = ['socket', 'clone', 'personality'].map((name) => syscallTable('x86_64').get(name));
    assert.equal(sawArguments, names.includes(number), `call ${number}`);
  }
});
