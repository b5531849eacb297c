import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordingKernel, showCall } from '../../kernel/index.ts';
import { moveRoot, wholeKernelMounts } from './move-root.ts';

test('only whole procfs and sysfs mounts outside the new root', () => {
  const lines = [
    '22 28 0:20 / /proc rw shared:5 - proc proc rw',
    '23 28 0:21 / /sys rw - sysfs sysfs rw',
    '24 22 0:20 /sys /proc/sys ro - proc proc rw',
    '25 28 0:22 / /a\\040b rw - proc proc rw',
    '26 28 0:23 / /srv/root/proc rw - proc proc rw',
    '27 28 0:24 / /dev rw - devtmpfs udev rw',
    '',
  ];
  assert.deepEqual(wholeKernelMounts(lines.join('\n'), '/srv/root'), ['/proc', '/sys', '/a b']);
});

test('the calls: no whole /proc of the host stays, then a move and chroot, and no pivot_root', async () => {
  // A user namespace may not take /proc off: it is covered.
  const kernel = new RecordingKernel({ answer: ({ name }) => (name === 'umount2' ? -1 : undefined) });
  const spec = { ociVersion: '1.3.0' };
  const root = { kind: 'folder', path: '/srv/root' } as const;
  const stdio = { stdin: 'none', stdout: 'none', stderr: 'none' } as const;
  await moveRoot({ kernel, spec, plan: { id: 'x', spec, root, stdio, noPivot: true } }, 5);
  await kernel.flush();
  const calls = kernel.calls.map(showCall);
  assert.ok(calls.includes('mount("tmpfs", "/proc", "tmpfs", 0, NULL)'), calls.join('\n'));
  assert.deepEqual(calls.slice(-4), ['fchdir(5)', 'mount(".", "/", NULL, MS_MOVE, NULL)', 'chroot(".")', 'chdir("/")']);
  assert.equal(
    calls.some((call) => call.startsWith('pivot_root')),
    false,
  );
});
