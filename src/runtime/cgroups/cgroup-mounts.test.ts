import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locateCgroup } from './cgroup.ts';
import { cgroupMounts } from './cgroup-mounts.ts';
import * as hosts from './example-hosts.ts';
import { parseCgroupLayout } from './parse-cgroup-layout.ts';

const mountsOn = (host: hosts.ExampleHost) =>
  cgroupMounts(locateCgroup(parseCgroupLayout(hosts.sourcesOf(host)), '/k/a'));

test('v2: the one folder, in place', () => {
  assert.deepEqual(mountsOn(hosts.V2), [{ kind: 'bind', source: '/sys/fs/cgroup/k/a' }]);
});

test('v1: a cover with each hierarchy and links for those mounted together', () => {
  const mounts = mountsOn(hosts.V1);
  assert.deepEqual(mounts[0], { kind: 'cover' });
  assert.deepEqual(mounts[1], { kind: 'bind', source: '/sys/fs/cgroup/systemd/k/a', name: 'systemd' });
  assert.equal(mounts.filter(({ kind }) => kind === 'bind').length, 11);
  assert.deepEqual(
    mounts.filter(({ kind }) => kind === 'link'),
    [
      { kind: 'link', name: 'cpuacct', target: 'cpu,cpuacct' },
      { kind: 'link', name: 'cpu', target: 'cpu,cpuacct' },
      { kind: 'link', name: 'net_prio', target: 'net_cls,net_prio' },
      { kind: 'link', name: 'net_cls', target: 'net_cls,net_prio' },
    ],
  );
});

test('hybrid: the v2 folder beside those of v1', () => {
  assert.deepEqual(
    mountsOn(hosts.HYBRID).find((mount) => mount.kind === 'bind' && mount.name === 'unified'),
    { kind: 'bind', source: '/sys/fs/cgroup/unified/k/a', name: 'unified' },
  );
});
