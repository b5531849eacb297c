import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeKernelMounts } from './move-root.ts';

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
