import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { SIGKILL, SIGTERM } from '../../../src/kernel/index.ts';
import type { CgroupLayout } from '../../../src/runtime/cgroups/cgroup-layout.ts';
import { freezeCgroup, freezerState, thawCgroup } from '../../../src/runtime/cgroups/freeze-cgroup.ts';
import { killCgroup } from '../../../src/runtime/cgroups/kill-cgroup.ts';
import { listPids } from '../../../src/runtime/cgroups/list-pids.ts';
import { removeCgroup } from '../../../src/runtime/cgroups/remove-cgroup.ts';
import { CgroupUnderTest, eventually, host, onlyVersion } from './cgroup-under-test.ts';

/** The host as it is, and as if it had one version alone: all must behave the same. */
const layouts: [string, CgroupLayout][] = [
  ['the whole host', host],
  ['its v1 hierarchies', onlyVersion(1)],
  ['its v2 hierarchy', onlyVersion(2)],
];

/** Counts in $OUT as long as it runs. */
const COUNTER = 'while :; do echo . >> $OUT; sleep 0.01; done';

for (const [name, layout] of layouts) {
  describe(`on ${name}`, { skip: layout.hierarchies.length === 0 ? 'this host has none' : false }, () => {
    test('frozen processes stand, and go on when thawed', async (t) => {
      const under = CgroupUnderTest.open(t, layout);
      await under.make();
      assert.equal(freezerState(under.cgroup), 'running');
      await under.run(COUNTER);
      await eventually('it counts', () => under.output().length > 4);
      await freezeCgroup(under.kernel, under.cgroup);
      assert.equal(freezerState(under.cgroup), 'frozen');
      const before = under.output().length;
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(under.output().length, before);
      await thawCgroup(under.kernel, under.cgroup);
      assert.equal(freezerState(under.cgroup), 'running');
      await eventually('it counts again', () => under.output().length > before);
    });

    test('a group that forks all the time is frozen too', async (t) => {
      const under = CgroupUnderTest.open(t, layout);
      await under.make({ pids: layout.mode === 'v2' ? {} : { limit: 100 } });
      await under.run('while :; do /bin/true; done & while :; do /bin/true; done');
      await eventually('it runs', () => listPids(under.cgroup).length > 1);
      await freezeCgroup(under.kernel, under.cgroup);
      assert.equal(freezerState(under.cgroup), 'frozen');
      const pids = listPids(under.cgroup);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual(listPids(under.cgroup), pids);
    });

    test('every process is killed, frozen or not, those that start others too', async (t) => {
      for (const frozen of [false, true]) {
        const under = CgroupUnderTest.open(t, layout);
        await under.make();
        const { exited } = await under.run('(setsid sleep 99 &) ; sleep 99 & while :; do /bin/true; done');
        await eventually('it runs', () => listPids(under.cgroup).length >= 3);
        if (frozen) await freezeCgroup(under.kernel, under.cgroup);
        await killCgroup(under.kernel, under.cgroup);
        assert.equal((await exited).signal, SIGKILL);
        await eventually('all have gone', () => listPids(under.cgroup).length === 0);
        assert.equal(freezerState(under.cgroup), 'running');
      }
    });

    test('another signal reaches every process', async (t) => {
      const under = CgroupUnderTest.open(t, layout);
      await under.make();
      const { exited } = await under.run(
        'sh -c "trap \'echo child >> $OUT; exit\' TERM; echo ready >> $OUT; while :; do sleep 0.01; done" & exec sleep 99',
      );
      await eventually('the child waits', () => under.output() === 'ready\n');
      await killCgroup(under.kernel, under.cgroup, SIGTERM);
      assert.equal((await exited).signal, SIGTERM);
      await eventually('the child heard', () => under.output() === 'ready\nchild\n');
    });

    test('processes of cgroups below are listed and killed, and their folders removed, whatever their names', async (t) => {
      const under = CgroupUnderTest.open(t, layout);
      await under.make();
      const names = [Buffer.from('a'), Buffer.from('a/b c'), Buffer.from([0xff, 0xfe]), Buffer.from('ü')];
      for (const { path } of under.cgroup.folders) {
        for (const below of names) mkdirSync(Buffer.concat([Buffer.from(`${path}/`), below]));
      }
      const move = under.cgroup.folders
        .filter(({ controllers }) => !controllers.includes('cpuset'))
        .map(({ path }) => `echo $$ > '${path}/a/b c/cgroup.procs'`);
      const { pid, exited } = await under.run(`${move.join('\n')}\necho moved > $OUT; exec sleep 99`);
      await eventually('it has moved', () => under.output() === 'moved\n');
      assert.deepEqual(listPids(under.cgroup), [pid]);
      await assert.rejects(removeCgroup(under.cgroup), (error) => {
        assert.match(String(error), new RegExp(`process(es)? ${pid} `));
        return true;
      });
      await killCgroup(under.kernel, under.cgroup);
      await exited;
      await removeCgroup(under.cgroup);
      for (const { path } of under.cgroup.folders) assert.equal(existsSync(path), false);
      // Again, of what is not there.
      await removeCgroup(under.cgroup);
    });

    test('somebody else in it: refused, and left alone', async (t) => {
      const under = CgroupUnderTest.open(t, layout);
      await under.make();
      assert.doesNotThrow(() => under.plan());
      await under.run('exec sleep 99');
      await eventually('it is inside', () => listPids(under.cgroup).length === 1);
      assert.throws(() => under.plan(), { code: 'CGROUP_OCCUPIED' });
    });
  });
}

test('nothing of these tests is left', () => {
  for (const { mountPoint } of host.hierarchies) {
    // Other test files run at the same time, and clean up themselves.
    assert.deepEqual(
      readdirSync(mountPoint).filter((name) => name.startsWith(`keelson-test-${process.pid}-`)),
      [],
    );
  }
});
