import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sysctlPath } from './sysctl-path.ts';

describe('sysctlPath', () => {
  const good: [string, string][] = [
    ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
    ['net/ipv4/ip_forward', 'net/ipv4/ip_forward'],
    ['net.ipv4.conf.eno2/100.rp_filter', 'net/ipv4/conf/eno2.100/rp_filter'],
    ['net/ipv4/conf/eno2.100/rp_filter', 'net/ipv4/conf/eno2.100/rp_filter'],
    ['kernel.shmmax', 'kernel/shmmax'],
    ['fs.mqueue.msg_max', 'fs/mqueue/msg_max'],
  ];
  for (const [key, path] of good) test(key, () => assert.equal(sysctlPath(key), path));

  for (const key of [
    '',
    'kernel',
    '.',
    '..',
    '/',
    'net.',
    '.net',
    'net..x',
    '/net/x',
    'net/../kernel/core_pattern',
    'net/./x',
    'net//x',
    'net.//.x',
    'net.x\0',
  ]) {
    test(`${JSON.stringify(key)} is none`, () => assert.equal(sysctlPath(key), undefined));
  }

  test('no key leads out of /proc/sys', () => {
    const part = fc.constantFrom('.', '/', '..', '../', 'net', 'kernel', 'a');
    fc.assert(
      fc.property(
        fc.array(part).map((parts) => parts.join('')),
        (key) => {
          const path = sysctlPath(key);
          if (path === undefined) return true;
          return new URL(path, 'file:///proc/sys/').pathname === `/proc/sys/${path}`;
        },
      ),
    );
  });
});
