import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { unifiedFolder } from '../../../src/runtime/cgroups/cgroup.ts';
import { execCgroup } from '../../../src/runtime/cgroups/exec-cgroup.ts';
import { parseKeyed } from '../../../src/runtime/cgroups/keyed-values.ts';
import { readCgroupStats } from '../../../src/runtime/cgroups/stats/read-stats.ts';
import { DEFAULT_DEVICE_RULES } from '../../../src/runtime/devices/default-device-rules.ts';
import { CgroupUnderTest, eventually, host, onlyVersion } from './cgroup-under-test.ts';

const v2 = onlyVersion(2);
const skip = v2.hierarchies.length === 0 ? 'this host has no v2 hierarchy' : false;
const DENY_ALL = { allow: false, access: 'rwm' };

describe('cgroup v2', { skip }, () => {
  test('a child is born inside: nothing is moved', async (t) => {
    const under = CgroupUnderTest.open(t, v2);
    await under.make();
    await under.run('cat /proc/self/cgroup > $OUT; exec sleep 99');
    await eventually(
      'it is there',
      () => parseKeyed(readFileSync(`${under.unifiedPath()}/cgroup.events`, 'utf8')).populated === 1,
    );
    await eventually('it has written', () => under.output() !== '');
    assert.match(under.output(), /^0::\/keelson-test-[\w-]+\/inside$/m);
    await under.kill();
    await eventually(
      'it has gone',
      () => parseKeyed(readFileSync(`${under.unifiedPath()}/cgroup.events`, 'utf8')).populated === 0,
    );
  });

  test('a cgroup namespace made inside shows the container as the whole', async (t) => {
    const under = CgroupUnderTest.open(t, v2);
    await under.make();
    assert.equal(await under.runToEnd('cat /proc/self/cgroup > $OUT', { namespace: true }), 0);
    assert.match(under.output(), /^0::\/$/m);
  });

  test('devices: a program decides', async (t) => {
    const under = CgroupUnderTest.open(t, v2);
    await under.make({ devices: [DENY_ALL, ...DEFAULT_DEVICE_RULES] });
    const script = `
      : > /dev/null && head -c 1 /dev/zero > /dev/null && echo usual >> $OUT
      head -c 0 /dev/kmsg 2> /dev/null || echo no log >> $OUT
      mknod ${under.folder}/log c 1 11 && echo made >> $OUT
      head -c 0 ${under.folder}/log 2> /dev/null || echo no copy of the log >> $OUT`;
    assert.equal(await under.runToEnd(script), 0);
    assert.equal(under.output(), 'usual\nno log\nmade\nno copy of the log\n');
  });

  test('devices: a second program can only take away', async (t) => {
    const under = CgroupUnderTest.open(t, v2);
    await under.make({ devices: [DENY_ALL, { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' }] });
    await under.make({ devices: [{ allow: true, access: 'rwm' }] });
    const script = `echo 1 > /dev/null && echo null >> $OUT; head -c 1 /dev/zero > /dev/null 2>&1 || echo no zero >> $OUT`;
    assert.equal(await under.runToEnd(script), 0);
    assert.equal(under.output(), 'null\nno zero\n');
  });

  test('processor time and pressure are counted without any controller', async (t) => {
    const under = CgroupUnderTest.open(t, v2);
    await under.make();
    assert.equal(await under.runToEnd('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'), 0);
    const { cpu, memory, pressure } = readCgroupStats(under.cgroup);
    assert.ok((cpu?.total ?? 0) > 1e6, `${cpu?.total} ns`);
    assert.ok((cpu?.user ?? 0) <= (cpu?.total ?? 0));
    assert.equal(memory, undefined);
    assert.equal(typeof pressure?.cpu?.some.total, 'number');
  });

  test('a further process goes where init went, once the container has given controllers to its own cgroups', async (t) => {
    const under = CgroupUnderTest.open(t, host);
    await under.make();
    const folder = under.unifiedPath();
    mkdirSync(`${folder}/init.scope`);
    const { pid } = await under.run(`echo $$ > ${folder}/init.scope/cgroup.procs && echo moved > $OUT; exec sleep 99`);
    await eventually('it has moved', () => under.output() === 'moved\n');
    assert.deepEqual(execCgroup(host, under.cgroup, pid), under.cgroup);
    const above = folder.replace(/\/inside$/, '');
    const root = unifiedFolder(under.cgroup)?.mountPoint ?? '';
    const [controller] = readFileSync(`${root}/cgroup.controllers`, 'utf8').trim().split(' ');
    if (!controller) return t.skip('the v2 hierarchy of this host has no controller to give');
    const before = readFileSync(`${root}/cgroup.subtree_control`, 'utf8');
    for (const path of [root, above, folder]) writeFileSync(`${path}/cgroup.subtree_control`, `+${controller}`);
    t.after(() => {
      if (!before.includes(controller)) writeFileSync(`${root}/cgroup.subtree_control`, `-${controller}`);
    });
    const found = execCgroup(host, under.cgroup, pid);
    assert.equal(unifiedFolder(found)?.path, `${folder}/init.scope`);
    assert.equal(found.folders.length, under.cgroup.folders.length);
  });

  test('huge pages are limited there when v1 has no hierarchy for them', async (t) => {
    const root = host.hierarchies.find(({ version }) => version === 2);
    if (!root?.controllers.includes('hugetlb')) return t.skip('this host has no hugetlb in v2');
    const control = `${root.mountPoint}/cgroup.subtree_control`;
    const before = readFileSync(control, 'utf8');
    const under = CgroupUnderTest.open(t, host);
    t.after(() => {
      if (!before.includes('hugetlb')) writeFileSync(control, '-hugetlb');
    });
    await under.make({ hugepageLimits: [{ pageSize: '2MB', limit: 4 * 2 ** 20 }] });
    assert.equal(under.read('hugetlb', 'hugetlb.2MB.max'), String(4 * 2 ** 20));
    assert.equal(under.read('hugetlb', 'hugetlb.2MB.rsvd.max'), String(4 * 2 ** 20));
    assert.equal(readCgroupStats(under.cgroup).hugepages?.['2MB']?.limit, 4 * 2 ** 20);
  });
});
