import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { after, test } from 'node:test';
import { compileSeccomp } from '../../../src/runtime/seccomp/compile-seccomp.ts';
import { defaultSeccompProfile } from '../../../src/runtime/seccomp/default-profile.ts';
import { syscallTable } from '../../../src/runtime/seccomp/syscall-table.ts';
import type { LinuxSeccomp } from '../../../src/spec/index.ts';
import { compileProgram } from './libseccomp.ts';

const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
const table = syscallTable(arch === 'x64' ? 'x86_64' : 'arm64');
const { EPERM, ENOSYS, ENOENT, EAFNOSUPPORT } = constants.errno;
const SIGSYS = `signal ${constants.signals.SIGSYS}`;

const program = compileProgram('apply-filter');
after(() => program[Symbol.dispose]());

/** Makes each call under the profile's filter; a call is a name or number, and arguments: `socket,38`. */
function callsUnder(profile: LinuxSeccomp, calls: readonly string[]): string[] {
  const { filter, flags } = compileSeccomp(profile, { arch });
  const file = `${program.path}.bpf`;
  writeFileSync(file, filter);
  const numbered = calls.map((call) => call.replace(/^[a-z_]\w*(?=,|$)/, (name) => String(table.get(name))));
  return execFileSync(program.path, [String(flags), file, ...numbered], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

const defaults = defaultSeccompProfile({ capabilities: [], arch, kernel: '6.18.0' });

test('the kernel takes the default filter and lets ordinary calls through', () => {
  const [pid, umask, current, thread] = callsUnder(defaults, [
    'getpid',
    'umask,18',
    'personality,0xffffffff',
    'gettid',
  ]);
  assert.ok(Number(pid) > 0 && Number(thread) > 0);
  assert.ok(Number(umask) >= 0 && Number(current) >= 0);
});

test('the default filter denies what reaches past a container', () => {
  // unshare(0) and keyctl(KEYCTL_GET_KEYRING_ID) succeed for everybody without a filter, setns and bpf answer otherwise.
  const calls = [
    'unshare,0',
    'keyctl,0,0xfffffffd',
    'setns,-1,0',
    'bpf,99',
    'personality,0x40000',
    'io_uring_setup,0,0',
  ];
  assert.deepEqual(
    callsUnder(defaults, calls),
    calls.map(() => String(-EPERM)),
  );
});

test('an address family is denied, also when bits above its 32 would hide it', () => {
  const calls = ['socket,38,5,0', 'socket,0x100000026,5,0', 'socket,40,1,0', 'socket,1,1,0', 'socket,0,1,0'];
  const [alg, hidden, vsock, unix, unspecified] = callsUnder(defaults, calls);
  assert.deepEqual([alg, hidden, vsock], [-EPERM, -EPERM, -EPERM].map(String));
  assert.ok(Number(unix) >= 0);
  assert.equal(unspecified, String(-EAFNOSUPPORT));
});

test('clone3 and calls newer than the profile seem not to exist, so that a libc falls back', () => {
  const calls = ['clone3,0,0', 'open_tree_attr,-1,0,0,0,0', '999', '-1'];
  assert.deepEqual(
    callsUnder(defaults, calls),
    calls.map(() => String(-ENOSYS)),
  );
});

test('clone makes processes but no namespaces', () => {
  const NEWUSER = 0x10000000;
  assert.deepEqual(callsUnder(defaults, [`clone,${NEWUSER + constants.signals.SIGCHLD},0,0,0,0`]), [String(-EPERM)]);
});

const isX64 = { skip: arch === 'x64' ? false : 'the other entries are those of x86-64' };
const x32 = (name: string) => String(0x40000000 + (table.get(name) ?? 0));
const i386 = (name: string) => `i386:${syscallTable('i386').get(name)}`;

/** Without CONFIG_IA32_EMULATION there is no other entry, and int 0x80 is a fault. */
const hasI386Entry = () => callsUnder(defaults, [i386('getpid')])[0] !== 'signal 11';

test('32-bit and x32 calls are filtered by their own tables', isX64, (context) => {
  assert.deepEqual(callsUnder(defaults, [x32('unshare'), x32('clone3')]), [String(-EPERM), String(-ENOSYS)]);
  if (!hasI386Entry()) return context.diagnostic('this kernel runs no 32-bit programs');
  const [pid, unshare, clone3] = callsUnder(defaults, [i386('getpid'), i386('unshare'), i386('clone3')]);
  assert.ok(Number(pid) > 0, `getpid through int 0x80: ${pid}`);
  assert.deepEqual([unshare, clone3], [String(-EPERM), String(-ENOSYS)]);
});

test('a call from an architecture that the profile does not list kills the process', isX64, (context) => {
  const native: LinuxSeccomp = { defaultAction: 'SCMP_ACT_ALLOW' };
  const [own, foreign] = callsUnder(native, ['getpid', x32('getpid')]);
  assert.ok(Number(own) > 0);
  assert.equal(foreign, SIGSYS);
  if (!hasI386Entry()) return context.diagnostic('this kernel runs no 32-bit programs');
  assert.deepEqual(callsUnder(native, [i386('getpid')]), [SIGSYS]);
});

test('each action does what it is named for', () => {
  const profile: LinuxSeccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      { names: ['getuid'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOENT },
      { names: ['getgid'], action: 'SCMP_ACT_ERRNO' },
      { names: ['geteuid'], action: 'SCMP_ACT_TRAP' },
      { names: ['getegid'], action: 'SCMP_ACT_KILL' },
      { names: ['getsid'], action: 'SCMP_ACT_KILL_PROCESS' },
      { names: ['getpgid'], action: 'SCMP_ACT_TRACE' },
      { names: ['umask'], action: 'SCMP_ACT_LOG' },
    ],
  };
  const calls = ['getuid', 'getgid', 'geteuid', 'getegid', 'getsid', 'getpgid'];
  const expected = [String(-ENOENT), String(-EPERM), SIGSYS, SIGSYS, SIGSYS, String(-ENOSYS)];
  assert.deepEqual(callsUnder(profile, calls), expected);
  assert.ok(Number(callsUnder(profile, ['umask,18'])[0]) >= 0);
});

test('each operator compares 64 bits', () => {
  const big = 0x1_00000005n;
  const under = (op: NonNullable<NonNullable<LinuxSeccomp['syscalls']>[number]['args']>[number]['op'], value: bigint) =>
    callsUnder(
      {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [
          { names: ['getpid'], action: 'SCMP_ACT_ERRNO', errnoRet: 7, args: [{ index: 5, op, value, valueTwo: 4n }] },
        ],
      },
      [4n, 5n, 6n, big - 1n, big, big + 1n].map((argument) => `getpid,0,0,0,0,0,${argument}`),
    ).map((result) => (result === '-7' ? 1 : 0));
  assert.deepEqual(under('SCMP_CMP_EQ', big), [0, 0, 0, 0, 1, 0]);
  assert.deepEqual(under('SCMP_CMP_NE', big), [1, 1, 1, 1, 0, 1]);
  assert.deepEqual(under('SCMP_CMP_LT', big), [1, 1, 1, 1, 0, 0]);
  assert.deepEqual(under('SCMP_CMP_LE', big), [1, 1, 1, 1, 1, 0]);
  assert.deepEqual(under('SCMP_CMP_GE', big), [0, 0, 0, 0, 1, 1]);
  assert.deepEqual(under('SCMP_CMP_GT', big), [0, 0, 0, 0, 0, 1]);
  assert.deepEqual(under('SCMP_CMP_MASKED_EQ', 0x1_00000007n), [1, 0, 0, 0, 0, 0]);
});

test('a rule with SCMP_ACT_NOTIFY makes seccomp(2) answer a descriptor', () => {
  const profile: LinuxSeccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV', 'SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'],
    syscalls: [{ names: ['mount'], action: 'SCMP_ACT_NOTIFY' }],
  };
  assert.ok(compileSeccomp(profile, { arch }).listener);
  assert.ok(Number(callsUnder(profile, ['-2'])[0]) > 2);
  assert.equal(callsUnder({ ...profile, flags: [], syscalls: [] }, ['-2'])[0], '0');
});
