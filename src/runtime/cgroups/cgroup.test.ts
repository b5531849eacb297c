import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { cgroupOfProcess, folderOf, hierarchyTitle, locateCgroup } from './cgroup.ts';
import * as hosts from './example-hosts.ts';
import { parseCgroupLayout, parseProcessCgroups } from './parse-cgroup-layout.ts';

const layoutOf = (host: hosts.ExampleHost) => parseCgroupLayout(hosts.sourcesOf(host));
const pathsOn = (host: hosts.ExampleHost, path: string) =>
  Object.fromEntries(locateCgroup(layoutOf(host), path).folders.map((f) => [hierarchyTitle(f), f.path]));

describe('locateCgroup', () => {
  test('an absolute path counts from the mount points', () => {
    const found = pathsOn(hosts.V1, '/keelson/a');
    assert.equal(found['cpuacct,cpu'], '/sys/fs/cgroup/cpu,cpuacct/keelson/a');
    assert.equal(found.systemd, '/sys/fs/cgroup/systemd/keelson/a');
    assert.deepEqual(pathsOn(hosts.V2, '/keelson/a'), { unified: '/sys/fs/cgroup/keelson/a' });
  });

  test('a relative one from our own cgroup, in each hierarchy; on a v2 host from the one above ours', () => {
    const found = pathsOn(hosts.HYBRID, 'a');
    assert.equal(found.memory, '/sys/fs/cgroup/memory/user.slice/user-1000.slice/session-1.scope/a');
    assert.equal(found.cpuset, '/sys/fs/cgroup/cpuset/a');
    assert.equal(found.unified, '/sys/fs/cgroup/unified/user.slice/user-1000.slice/session-1.scope/a');
    assert.deepEqual(pathsOn(hosts.V2, 'a/b'), { unified: '/sys/fs/cgroup/user.slice/user-1000.slice/a/b' });
  });

  test('in a container whose mounts show only its own part, our cgroup is the mount itself', () => {
    const inside = { memory: '/sys/fs/cgroup/memory/a', 'cpuacct,cpu': '/sys/fs/cgroup/cpu,cpuacct/a' };
    assert.deepEqual(pathsOn(hosts.INSIDE_A_CONTAINER, 'a'), inside);
    assert.deepEqual(pathsOn(hosts.INSIDE_A_CONTAINER, '/a'), inside);
  });

  test('no path leads out of the hierarchies, or to their roots', () => {
    assert.equal(pathsOn(hosts.V2, '/../../etc/x').unified, '/sys/fs/cgroup/etc/x');
    assert.equal(pathsOn(hosts.V2, '../../x').unified, '/sys/fs/cgroup/user.slice/user-1000.slice/x');
    for (const path of ['', '/', '.', '/../..', './/', 'a\nb', 'a\0b']) {
      assert.throws(() => locateCgroup(layoutOf(hosts.V2), path), { kind: 'invalid', code: 'CGROUP_PATH_INVALID' });
    }
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', '.', '..', 'a', ':') }), (path) => {
        try {
          return locateCgroup(layoutOf(hosts.HYBRID), path).folders.every(
            (f) => f.path.startsWith(`${f.mountPoint}/`) && !f.path.split('/').includes('..'),
          );
        } catch {
          return true;
        }
      }),
    );
  });

  test('what systemd would have to make is refused', () => {
    const code = 'CGROUP_SYSTEMD';
    assert.throws(() => locateCgroup(layoutOf(hosts.V2), 'system.slice:docker:abc'), { kind: 'unsupported', code });
    assert.equal(pathsOn(hosts.V2, '/a:b:c').unified, '/sys/fs/cgroup/a:b:c');
  });
});

test('where a controller is set: v1 before v2, and v2 for what every folder of it can do', () => {
  const hybrid = locateCgroup(layoutOf(hosts.HYBRID), '/a');
  const v2 = locateCgroup(layoutOf(hosts.V2), '/a');
  assert.equal(folderOf(hybrid, 'cpuacct')?.mountPoint, '/sys/fs/cgroup/cpu,cpuacct');
  assert.equal(folderOf(hybrid, 'freezer')?.version, 1);
  assert.equal(folderOf(hybrid, 'hugetlb'), undefined);
  assert.equal(folderOf(v2, 'freezer')?.version, 2);
  assert.equal(folderOf(v2, 'devices')?.version, 2);
  assert.equal(folderOf(v2, 'net_cls'), undefined);
});

test('the cgroup of a process', () => {
  const paths = parseProcessCgroups(
    '4:memory:/keelson/x\n3:cpu,cpuacct:/y\n1:name=systemd:/z\n0::/keelson/x/init.scope\n',
  );
  const found = cgroupOfProcess(layoutOf(hosts.HYBRID), paths).folders.map((f) => [hierarchyTitle(f), f.path]);
  const byTitle = Object.fromEntries(found);
  assert.equal(byTitle.memory, '/sys/fs/cgroup/memory/keelson/x');
  assert.equal(byTitle['cpu,cpuacct'], '/sys/fs/cgroup/cpu,cpuacct/y');
  assert.equal(byTitle.systemd, '/sys/fs/cgroup/systemd/z');
  assert.equal(byTitle.unified, '/sys/fs/cgroup/unified/keelson/x/init.scope');
});
