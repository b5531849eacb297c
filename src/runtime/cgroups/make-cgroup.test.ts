import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Call,
  EBADF,
  EBUSY,
  EINVAL,
  ENOENT,
  RecordingKernel,
  SyscallError,
  showCall,
} from '../../kernel/index.ts';
import { locateCgroup } from './cgroup.ts';
import type { CgroupStep } from './cgroup-plan.ts';
import * as hosts from './example-hosts.ts';
import { closeDoors, enterCgroup, openDoors, openDoorsAcross } from './join-cgroup.ts';
import { makeCgroup } from './make-cgroup.ts';
import { parseCgroupLayout } from './parse-cgroup-layout.ts';

const cgroupOn = (host: hosts.ExampleHost) => locateCgroup(parseCgroupLayout(hosts.sourcesOf(host)), '/k/a');
const shown = (kernel: RecordingKernel) => kernel.calls.map(showCall);
const limit: CgroupStep = {
  do: 'write',
  path: '/sys/fs/cgroup/memory/k/a',
  setting: { file: 'memory.limit_in_bytes', values: ['67108864'] },
  what: 'limit memory to 64MiB',
  because: '--memory',
};

describe('making', () => {
  test('is one mkdir a folder and three calls a setting', () => {
    const kernel = new RecordingKernel();
    const folder = { do: 'make', path: '/sys/fs/cgroup/memory/k/a', shared: false, what: 'x', because: 'y' } as const;
    makeCgroup(kernel, { steps: [{ ...folder, path: '/sys/fs/cgroup/memory/k', shared: true }, folder, limit] });
    assert.deepEqual(shown(kernel), [
      'mkdirat(AT_FDCWD, "/sys/fs/cgroup/memory/k", 493)',
      'mkdirat(AT_FDCWD, "/sys/fs/cgroup/memory/k/a", 493)',
      'openat(AT_FDCWD, "/sys/fs/cgroup/memory/k/a/memory.limit_in_bytes", O_WRONLY|O_CLOEXEC)',
      'write(10, "67108864", 8)',
      'close(10)',
    ]);
    assert.deepEqual(
      kernel.calls.map(({ allow }) => allow),
      [[17], undefined, undefined, undefined, undefined],
    );
  });

  test('several values to a file go through one descriptor; what may fail may', () => {
    const kernel = new RecordingKernel();
    makeCgroup(kernel, { steps: [{ ...limit, setting: { file: 'f', values: ['1', '2'], allow: [EINVAL] } }] });
    assert.deepEqual(
      kernel.calls.map(({ name, allow }) => [name, allow]),
      [
        ['openat', [EINVAL]],
        ['write', [EINVAL, EBADF]],
        ['write', [EINVAL, EBADF]],
        ['close', [EBADF]],
      ],
    );
  });

  test('a refusal says which limit it was and who asked for it', async () => {
    const answer = (call: Call) => (call.name === 'write' ? -EBUSY : undefined);
    const kernel = new RecordingKernel({ answer });
    makeCgroup(kernel, { steps: [limit] });
    await assert.rejects(kernel.flush(), (error) => {
      assert.ok(error instanceof SyscallError);
      assert.match(error.message, /^cannot limit memory to 64MiB: Device or resource busy/);
      assert.equal(error.step?.because, '--memory');
      assert.equal(error.kind, 'conflict');
      return true;
    });
  });

  test('a setting that may be missing is passed over', async () => {
    const answer = (call: Call) => (call.name === 'openat' ? -ENOENT : call.name === 'close' ? -EBADF : undefined);
    const kernel = new RecordingKernel({ answer });
    makeCgroup(kernel, {
      steps: [
        { ...limit, setting: { ...limit.setting, allow: [ENOENT] } },
        { ...limit, do: 'write' },
      ],
    });
    await assert.rejects(kernel.flush(), { code: 'ENOENT' });
  });

  test('a program for devices is loaded and attached to the folder', () => {
    const kernel = new RecordingKernel();
    const program = new Uint8Array(16);
    makeCgroup(kernel, { steps: [{ do: 'filter-devices', path: '/c/k/a', program, what: 'x', because: 'y' }] });
    assert.deepEqual(
      kernel.calls.map(({ name }) => name),
      ['openat', 'bpf', 'bpf', 'close', 'close'],
    );
    assert.match(shown(kernel)[1] ?? '', /^bpf\(BPF_PROG_LOAD, \{insn_cnt=2\}, 72\)$/);
    assert.match(shown(kernel)[2] ?? '', /^bpf\(BPF_PROG_ATTACH, /);
  });
});

describe('entering', () => {
  test('v2: the child is born inside', () => {
    const [parent, child] = [new RecordingKernel(), new RecordingKernel()];
    const doors = openDoors(parent, cgroupOn(hosts.V2));
    enterCgroup(child, doors);
    assert.deepEqual(shown(parent), ['openat(AT_FDCWD, "/sys/fs/cgroup/k/a", O_DIRECTORY|O_CLOEXEC|O_PATH)']);
    assert.deepEqual(shown(child), ['close(10)']);
    assert.notEqual(doors.into, undefined);
  });

  test('hybrid: born into v2, and writes itself down in v1 by the way that takes no lock', () => {
    const [parent, child] = [new RecordingKernel(), new RecordingKernel()];
    const doors = openDoors(parent, cgroupOn(hosts.HYBRID));
    enterCgroup(child, doors);
    closeDoors(parent, doors);
    assert.equal(doors.lists.length, 8);
    assert.equal(shown(parent).filter((call) => call.includes('/tasks"')).length, 8);
    assert.equal(shown(child).filter((call) => /^write\(\d+, "0", 1\)$/.test(call)).length, 8);
    // Both give up every descriptor: through the folder's one a container could reach the host's cgroups.
    for (const kernel of [parent, child]) assert.equal(kernel.calls.filter(({ name }) => name === 'close').length, 9);
  });

  test('from another cgroup namespace: by writing, for birth does not cross that border', () => {
    const parent = new RecordingKernel();
    const doors = openDoorsAcross(parent, cgroupOn(hosts.V2));
    assert.equal(doors.into, undefined);
    assert.deepEqual(shown(parent), ['openat(AT_FDCWD, "/sys/fs/cgroup/k/a/cgroup.procs", O_WRONLY|O_CLOEXEC)']);
  });
});
