import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinuxSeccomp, LinuxSyscallRule } from '../../spec/index.ts';
import { compileSeccomp } from './compile-seccomp.ts';

const profile = (rule: object, others: object = {}): LinuxSeccomp => {
  const full: LinuxSyscallRule = { names: ['read'], action: 'SCMP_ACT_ERRNO', ...rule };
  return { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [full], ...others };
};
const compile = (rule: object, others: object = {}) => compileSeccomp(profile(rule, others), { arch: 'x64' });
const argument = (fields: object) => ({ args: [{ index: 0, op: 'SCMP_CMP_EQ', value: 1, ...fields }] });

test('a wrong field is named', () => {
  const wrong: [RegExp, object, object?][] = [
    [/^seccomp\.defaultAction: unknown action "ALLOW"/, {}, { defaultAction: 'ALLOW' }],
    [/^seccomp\.defaultAction: SCMP_ACT_NOTIFY cannot be/, {}, { defaultAction: 'SCMP_ACT_NOTIFY' }],
    [/^seccomp\.defaultErrnoRet: SCMP_ACT_ALLOW has no errno/, {}, { defaultErrnoRet: 1 }],
    [/^seccomp\.architectures: unknown architecture "SCMP_ARCH_Z80"/, {}, { architectures: ['SCMP_ARCH_Z80'] }],
    [/^seccomp\.flags\[1\]: unknown flag "FAST"/, {}, { flags: ['SECCOMP_FILTER_FLAG_LOG', 'FAST'] }],
    [/^seccomp\.flags\[0\]: .* needs a rule/, {}, { flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] }],
    [/^seccomp\.syscalls\[0\]\.names: must hold/, { names: [] }],
    [/^seccomp\.syscalls\[0\]\.names\[1\]: must be a name/, { names: ['read', ''] }],
    [/^seccomp\.syscalls\[0\]\.names: SCMP_ACT_NOTIFY cannot/, { names: ['write'], action: 'SCMP_ACT_NOTIFY' }],
    [/^seccomp\.syscalls\[0\]\.action: unknown action "SCMP_ACT_DENY"/, { action: 'SCMP_ACT_DENY' }],
    [/^seccomp\.syscalls\[0\]\.errnoRet: 4096 is not/, { errnoRet: 4096 }],
    [/^seccomp\.syscalls\[0\]\.errnoRet: SCMP_ACT_KILL has no errno/, { action: 'SCMP_ACT_KILL', errnoRet: 1 }],
    [/^seccomp\.syscalls\[0\]\.args\[0\]\.index: 6 is not/, argument({ index: 6 })],
    [/^seccomp\.syscalls\[0\]\.args\[0\]\.op: unknown operator "toString"/, argument({ op: 'toString' })],
    [/^seccomp\.syscalls\[0\]\.args\[0\]\.value: -1 is not/, argument({ value: -1 })],
    [/^seccomp\.syscalls\[0\]\.args\[0\]\.value: 18446744073709551616 is not/, argument({ value: 2n ** 64n })],
    [/^seccomp\.syscalls\[0\]\.args\[0\]\.value: 18446744073709552000 has lost/, argument({ value: 2 ** 64 - 1 })],
    [/^seccomp\.syscalls\[0\]\.args\[0\]\.valueTwo: 0\.5/, argument({ op: 'SCMP_CMP_MASKED_EQ', valueTwo: 0.5 })],
  ];
  for (const [message, rule, others] of wrong) {
    assert.throws(() => compile(rule, others), { kind: 'invalid', code: 'SECCOMP_PROFILE_INVALID', message });
  }
});

test('what has no effect is a warning', () => {
  const args = [1, 2].map((value) => ({ index: 0, op: 'SCMP_CMP_EQ', value }));
  const { warnings } = compile(
    { names: ['read', 'raed'], args },
    { architectures: ['SCMP_ARCH_ARM', 'SCMP_ARCH_X86'] },
  );
  assert.deepEqual(warnings, [
    'SCMP_ARCH_ARM has no effect on this machine (x64)',
    'seccomp.syscalls[0]: unknown system calls: raed',
    'seccomp.syscalls[0].args: conditions on the same argument: any one of them is enough',
  ]);
  assert.deepEqual(compile({}).warnings, []);
});

test('flags are those of seccomp(2); without any, the mitigation of speculative store bypass stays as it is', () => {
  assert.equal(compile({}).flags, 4);
  assert.equal(compile({}, { flags: [] }).flags, 0);
  assert.equal(compile({}, { flags: ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_LOG'] }).flags, 2);
  const notify = compile({ action: 'SCMP_ACT_NOTIFY' }, { flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] });
  assert.deepEqual([notify.flags, notify.listener], [0x28, true]);
});
