import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSeccompProfile } from './parse-seccomp-profile.ts';

const here = { capabilities: ['CAP_CHOWN', 'CAP_SYS_CHROOT'], arch: 'x64', kernel: '5.10.0-21-amd64' } as const;
const parse = (profile: object, circumstances = here) => parseSeccompProfile(JSON.stringify(profile), circumstances);
const rule = (name: string, more: object = {}) => ({ names: [name], action: 'SCMP_ACT_ALLOW', ...more });
const names = (...syscalls: object[]) =>
  parse({ defaultAction: 'SCMP_ACT_ERRNO', syscalls }).syscalls?.flatMap((entry) => entry.names);

test('a profile of today: archMap, conditions and arguments', () => {
  const profile = {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    archMap: [
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
      { architecture: 'SCMP_ARCH_RISCV64', subArchitectures: null },
    ],
    syscalls: [
      rule('clone', { args: [{ index: 0, value: 2114060288, op: 'SCMP_CMP_MASKED_EQ' }], comment: 'no namespaces' }),
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38, excludes: { caps: ['CAP_SYS_ADMIN'] } },
      rule('chroot', { includes: { caps: ['CAP_SYS_CHROOT'] }, args: null, excludes: {} }),
    ],
  };
  assert.deepEqual(parse(profile), {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    syscalls: [
      { ...rule('clone'), errnoRet: undefined, args: [{ index: 0, value: 2114060288, op: 'SCMP_CMP_MASKED_EQ' }] },
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38, args: undefined },
      { ...rule('chroot'), errnoRet: undefined, args: undefined },
    ],
  });
});

test('an old profile: architectures and one name a rule', () => {
  const old = {
    defaultAction: 'SCMP_ACT_ERRNO',
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
    syscalls: [{ name: 'getcwd', action: 'SCMP_ACT_ALLOW', args: [] }],
  };
  const { architectures, syscalls } = parse(old);
  assert.deepEqual([architectures, syscalls?.[0]?.names], [old.architectures, ['getcwd']]);
});

test('a rule counts where all of includes holds and nothing of excludes', () => {
  const included = names(
    rule('a', { includes: { caps: ['CAP_CHOWN', 'CAP_SYS_CHROOT'] } }),
    rule('b', { includes: { caps: ['CAP_CHOWN', 'CAP_SYS_ADMIN'] } }),
    rule('c', { includes: { arches: ['amd64', 'x32'] } }),
    rule('d', { includes: { arches: ['arm64'] } }),
    rule('e', { includes: { minKernel: '5.10' } }),
    rule('f', { includes: { minKernel: '5.11' } }),
    rule('g', { includes: { minKernel: '', caps: [], arches: null } }),
  );
  assert.deepEqual(included, ['a', 'c', 'e', 'g']);
  const kept = names(
    rule('a', { excludes: { caps: ['CAP_SYS_ADMIN', 'CAP_CHOWN'] } }),
    rule('b', { excludes: { caps: ['CAP_SYS_ADMIN'] } }),
    rule('c', { excludes: { arches: ['amd64'] } }),
    rule('d', { excludes: { arches: ['s390x'] } }),
    rule('e', { excludes: { minKernel: '4.8' } }),
    rule('f', { excludes: { minKernel: '6.0' } }),
  );
  assert.deepEqual(kept, ['b', 'd', 'f']);
});

test('64-bit values keep every digit', () => {
  const text =
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_KILL",' +
    '"args":[{"index":0,"op":"SCMP_CMP_EQ","value":18446744073709551615}]}]}';
  assert.equal(parseSeccompProfile(text, here).syscalls?.[0]?.args?.[0]?.value, 18446744073709551615n);
});

test('a wrong field is named', () => {
  const wrong: [RegExp, object][] = [
    [/defaultAction is missing|defaultAction: is missing/, {}],
    [/syscalls\[0\]\.action is "ALLOW"/, { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ action: 'ALLOW' }] }],
    [/syscalls\[0\]\.name: stands beside names/, { syscalls: [rule('a', { name: 'b' })] }],
    [
      /syscalls\[0\]\.includes\.minKernel must be a kernel version/,
      { syscalls: [rule('a', { includes: { minKernel: '6' } })] },
    ],
    [/archMap: stands beside/, { architectures: ['SCMP_ARCH_X86'], archMap: [{ architecture: 'SCMP_ARCH_X86_64' }] }],
    [
      /syscalls\[0\]\.args\[0\]\.index must be/,
      { syscalls: [rule('a', { args: [{ index: 9, op: 'SCMP_CMP_EQ', value: 0 }] })] },
    ],
  ];
  for (const [message, profile] of wrong) {
    const whole = Object.keys(profile).length === 0 ? profile : { defaultAction: 'SCMP_ACT_ERRNO', ...profile };
    assert.throws(() => parse(whole), { kind: 'invalid', code: 'SECCOMP_PROFILE_INVALID', message });
  }
  assert.throws(() => parseSeccompProfile('{', here), { code: 'SECCOMP_PROFILE_INVALID', message: /not JSON/ });
});
