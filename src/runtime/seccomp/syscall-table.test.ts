import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSyscallName, syscallTable } from './syscall-table.ts';

test('numbers are those of the kernel', () => {
  const numbers = (['x86_64', 'i386', 'x32', 'arm64', 'arm'] as const).map((abi) => {
    const table = syscallTable(abi);
    return ['read', 'execve', 'clone3', 'mseal', 'set_tls', 'restart_syscall'].map((name) => table.get(name));
  });
  assert.deepEqual(numbers, [
    [0, 59, 435, 462, undefined, 219],
    [3, 11, 435, 462, undefined, 0],
    [0, 520, 435, 462, undefined, 219],
    [63, 221, 435, 462, undefined, 128],
    [3, 11, 435, 462, 0xf0005, 0],
  ]);
});

test('two names of one call have one number', () => {
  assert.equal(syscallTable('arm').get('arm_sync_file_range'), 341);
  assert.equal(syscallTable('arm').get('sync_file_range2'), 341);
});

test('a name of any architecture is known, a slip is not', () => {
  assert.ok(['openat', 'cacheflush', 'chown32', 's390_runtime_instr', 'riscv_hwprobe'].every(isSyscallName));
  assert.ok(!['opneat', 'SYS_read', '', '__proto__', 'toString', '334'].some(isSyscallName));
});
