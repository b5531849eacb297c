import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultSeccompProfile } from './default-profile.ts';
import { ALLOWED_ON_ARCHITECTURE, ALLOWED_WITH_CAPABILITY, ALWAYS_ALLOWED } from './default-profile-groups.ts';
import { isSyscallName } from './syscall-table.ts';

const circumstances = { capabilities: [], arch: 'x64', kernel: '6.1.0-18-amd64' } as const;

/** Calls that are allowed whatever their arguments are. */
function allowed(changes: Partial<Parameters<typeof defaultSeccompProfile>[0]> = {}): Set<string> {
  const { syscalls = [] } = defaultSeccompProfile({ ...circumstances, ...changes });
  const rules = syscalls.filter(({ action, args = [] }) => action === 'SCMP_ACT_ALLOW' && args.length === 0);
  return new Set(rules.flatMap(({ names }) => names));
}

// The table "Significant syscalls blocked by the default profile" of https://docs.docker.com/engine/security/seccomp/,
// and calls that are newer than it.
const DENIED =
  'acct add_key bpf clock_settime clone clone3 create_module delete_module finit_module fsopen get_kernel_syms ' +
  'get_mempolicy init_module io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind mount ' +
  'mount_setattr move_pages nfsservctl open_by_handle_at open_tree perf_event_open personality pidfd_getfd pivot_root ' +
  'query_module quotactl reboot request_key set_mempolicy setns settimeofday socket stime swapoff swapon _sysctl sysfs ' +
  'umount umount2 unshare uselib userfaultfd ustat vm86 vm86old';

test('what Docker denies a container without capabilities is denied', () => {
  const names = allowed();
  assert.deepEqual(
    DENIED.split(' ').filter((name) => names.has(name)),
    [],
  );
});

test('each call stands in one group, and is a call', () => {
  const names = Object.values(ALWAYS_ALLOWED).join(' ').split(' ');
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  const conditional = Object.values({ ...ALLOWED_WITH_CAPABILITY, ...ALLOWED_ON_ARCHITECTURE })
    .join(' ')
    .split(' ');
  assert.deepEqual(
    [...names, ...conditional].filter((name) => !isSyscallName(name)),
    [],
  );
});

test('capabilities bring their calls', () => {
  const added = (capability: string) =>
    [...allowed({ capabilities: [capability] })].filter((name) => !allowed().has(name));
  assert.deepEqual(added('CAP_SYS_CHROOT'), ['chroot']);
  assert.deepEqual(added('CAP_SYS_TIME'), ['clock_settime', 'clock_settime64', 'settimeofday', 'stime']);
  assert.ok(['mount', 'clone', 'clone3', 'unshare', 'setns'].every((name) => added('CAP_SYS_ADMIN').includes(name)));
  assert.deepEqual(added('CAP_CHOWN'), []);
});

test('clone3 is hidden only from those who may not make namespaces', () => {
  const hidden = (capabilities: string[]) =>
    defaultSeccompProfile({ ...circumstances, capabilities }).syscalls?.find(
      ({ action }) => action === 'SCMP_ACT_ERRNO',
    );
  assert.deepEqual(hidden([]), { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 });
  assert.equal(hidden(['CAP_SYS_ADMIN']), undefined);
});

test('kernel and machine decide too', () => {
  assert.ok(allowed({ kernel: '4.8.0' }).has('ptrace'));
  assert.ok(!allowed({ kernel: '4.4.0-210-generic' }).has('ptrace'));
  assert.ok(allowed({ kernel: '4.4.0', capabilities: ['CAP_SYS_PTRACE'] }).has('ptrace'));
  assert.ok(allowed().has('arch_prctl') && !allowed({ arch: 'arm64' }).has('arch_prctl'));
  assert.ok(allowed({ arch: 'arm64' }).has('cacheflush') && !allowed().has('cacheflush'));
  assert.throws(() => allowed({ kernel: 'next' }), { code: 'KERNEL_VERSION_INVALID' });
});
