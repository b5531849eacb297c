import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as hosts from './example-hosts.ts';
import { parseCgroupLayout, parseProcessCgroups } from './parse-cgroup-layout.ts';

const layoutOf = (host: hosts.ExampleHost) => parseCgroupLayout(hosts.sourcesOf(host));

test('v1: each mount with its controllers, mounted together or alone, and the named one', () => {
  const { mode, hierarchies } = layoutOf(hosts.V1);
  assert.equal(mode, 'v1');
  assert.deepEqual(
    hierarchies.map(({ controllers, name, mountPoint }) => [name ?? controllers.join(','), mountPoint]),
    [
      ['systemd', '/sys/fs/cgroup/systemd'],
      ['memory', '/sys/fs/cgroup/memory'],
      ['cpuset', '/sys/fs/cgroup/cpuset'],
      ['freezer', '/sys/fs/cgroup/freezer'],
      ['cpuacct,cpu', '/sys/fs/cgroup/cpu,cpuacct'],
      ['blkio', '/sys/fs/cgroup/blkio'],
      ['net_prio,net_cls', '/sys/fs/cgroup/net_cls,net_prio'],
      ['hugetlb', '/sys/fs/cgroup/hugetlb'],
      ['pids', '/sys/fs/cgroup/pids'],
      ['perf_event', '/sys/fs/cgroup/perf_event'],
      ['devices', '/sys/fs/cgroup/devices'],
    ],
  );
  const own = Object.fromEntries(hierarchies.map((h) => [h.name ?? h.controllers[0], h.own]));
  assert.equal(own.cpuacct, '/system.slice/sshd.service');
  assert.equal(own.systemd, '/system.slice/sshd.service');
  assert.equal(own.cpuset, '/');
});

test('hybrid: v1 with a v2 hierarchy that has no controllers', () => {
  const { mode, hierarchies } = layoutOf(hosts.HYBRID);
  assert.equal(mode, 'hybrid');
  assert.deepEqual(
    hierarchies.find(({ version }) => version === 2),
    {
      version: 2,
      controllers: [],
      mountPoint: '/sys/fs/cgroup/unified',
      root: '/',
      own: '/user.slice/user-1000.slice/session-1.scope',
    },
  );
});

test('v2: one hierarchy with the controllers it says it has; a lone v1 one beside it does not count', () => {
  for (const host of [hosts.V2, hosts.V2_WITH_NET_CLS, hosts.V2_IN_MANY_PLACES]) {
    assert.deepEqual(layoutOf(host), {
      mode: 'v2',
      hierarchies: [
        {
          version: 2,
          controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma', 'misc'],
          mountPoint: '/sys/fs/cgroup',
          root: '/',
          own: '/user.slice/user-1000.slice/session-3.scope',
        },
      ],
    });
  }
});

test('a mount point with a space, and a mount over another', () => {
  const { hierarchies } = layoutOf({
    mountinfo: `
1 0 0:5 / /my\\040groups/cpu rw - cgroup cgroup rw,cpu
2 1 0:6 / /my\\040groups/cpu rw - cgroup cgroup rw,memory`,
    ownCgroups: '2:cpu:/\n1:memory:/a:b\n',
    controllers: '',
  });
  assert.deepEqual(
    hierarchies.map(({ controllers, mountPoint, own }) => ({ controllers, mountPoint, own })),
    [{ controllers: ['memory'], mountPoint: '/my groups/cpu', own: '/a:b' }],
  );
});

test('a host without cgroups, and tables that cannot be read', () => {
  const none = { mode: 'none', hierarchies: [] };
  assert.deepEqual(layoutOf({ mountinfo: '', ownCgroups: '', controllers: '' }), none);
  assert.deepEqual(layoutOf({ mountinfo: 'not - cgroup\n - cgroup2\n', ownCgroups: '::', controllers: '' }), none);
});

test('the cgroups of a process, by controller', () => {
  const own = parseProcessCgroups(hosts.HYBRID.ownCgroups);
  assert.equal(own.get('cpuacct'), '/user.slice');
  assert.equal(own.get('name=systemd'), '/user.slice/user-1000.slice/session-1.scope');
  assert.equal(own.get(''), '/user.slice/user-1000.slice/session-1.scope');
  assert.equal(own.get('hugetlb'), undefined);
});
