import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SIGKILL } from '../../../src/kernel/index.ts';
import { oomKills } from '../../../src/runtime/cgroups/oom-kills.ts';
import { readCgroupStats } from '../../../src/runtime/cgroups/stats/read-stats.ts';
import { DEFAULT_DEVICE_RULES } from '../../../src/runtime/devices/default-device-rules.ts';
import { CgroupUnderTest, host } from './cgroup-under-test.ts';

const MIB = 2 ** 20;

test('a process is in all its cgroups from the start', async (t) => {
  const under = CgroupUnderTest.open(t);
  await under.make();
  assert.equal(await under.runToEnd('cat /proc/self/cgroup > $OUT'), 0);
  const paths = under
    .output()
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\d+:[^:]*:/, ''));
  const [first] = under.cgroup.folders;
  assert.deepEqual(new Set(paths), new Set([first?.path.slice(first.mountPoint.length)]));
  assert.equal(paths.length, host.hierarchies.length);
});

describe('memory', () => {
  test('who takes more than the limit is killed, and it is counted', async (t) => {
    const under = CgroupUnderTest.open(t);
    await under.make({ memory: { limit: 16 * MIB, swap: 20 * MIB } });
    assert.equal(oomKills(under.cgroup), 0);
    assert.equal(await under.runToEnd('head -c 64M /dev/zero | tail > $OUT 2>&1; kill -KILL $$'), 128 + SIGKILL);
    assert.ok(oomKills(under.cgroup) > 0);
    const { memory } = readCgroupStats(under.cgroup);
    assert.equal(memory?.limit, 16 * MIB);
    assert.equal(memory?.swap?.limit, 4 * MIB);
    assert.equal(memory?.maxUsage, 16 * MIB);
    assert.ok((memory?.failures ?? 0) > 0);
  });

  test('who stays below it is not', async (t) => {
    const under = CgroupUnderTest.open(t);
    await under.make({ memory: { limit: 64 * MIB } });
    assert.equal(await under.runToEnd('head -c 8M /dev/zero | tail -c 8M | wc -c > $OUT'), 0);
    assert.equal(oomKills(under.cgroup), 0);
    assert.equal(under.output().trim(), String(8 * MIB));
  });
});

test('no more tasks than allowed', async (t) => {
  const under = CgroupUnderTest.open(t);
  await under.make({ pids: { limit: 3 } });
  // The shell and two children fit, the third child does not.
  const status = await under.runToEnd('sleep 9 & sleep 9 & echo two > $OUT; sleep 9 & echo three > $OUT');
  assert.notEqual(status, 0);
  assert.equal(under.output(), 'two\n');
  const { pids } = readCgroupStats(under.cgroup);
  assert.equal(pids?.limit, 3);
  assert.equal(pids?.current, 2);
});

test('processor time is throttled to the quota', async (t) => {
  const under = CgroupUnderTest.open(t);
  await under.make({ cpu: { quota: 10_000, period: 50_000 } });
  const started = process.hrtime.bigint();
  const { exited } = await under.run('while :; do :; done');
  // However little of the machine it gets beside others.
  while ((readCgroupStats(under.cgroup).cpu?.throttling?.throttledPeriods ?? 0) < 3) await sleep(20);
  await under.kill();
  await exited;
  const wall = Number(process.hrtime.bigint() - started);
  const { cpu } = readCgroupStats(under.cgroup);
  // A fifth of one processor; at the end a started period may have been used in full.
  assert.ok(cpu && cpu.total < 0.2 * wall + 2 * 10e6, `${cpu?.total} of ${wall} ns`);
  assert.ok(cpu.throttling && cpu.throttling.throttledTime > 0);
  assert.ok(cpu.user > cpu.system);
});

test('processors of the list alone', async (t) => {
  const under = CgroupUnderTest.open(t);
  await under.make({ cpu: { cpus: '0' } });
  assert.equal(await under.runToEnd('grep Cpus_allowed_list /proc/self/status > $OUT'), 0);
  assert.match(under.output(), /:\s0$/m);
});

test('devices of the list alone', async (t) => {
  const under = CgroupUnderTest.open(t);
  await under.make({ devices: [{ allow: false, access: 'rwm' }, ...DEFAULT_DEVICE_RULES] });
  // /dev/kmsg (1:11) can be read by root anywhere else.
  const script = `
    : > /dev/null && head -c 1 /dev/zero > /dev/null && echo usual >> $OUT
    head -c 0 /dev/kmsg 2>> $OUT || echo refused >> $OUT`;
  assert.equal(await under.runToEnd(script), 0);
  assert.match(under.output(), /^usual\n.*Operation not permitted\nrefused\n$/s);
  assert.equal(readFileSync('/dev/null', 'utf8'), '');
});

test('a value that the kernel refuses is an error with the limit and its cause', async (t) => {
  const under = CgroupUnderTest.open(t);
  await assert.rejects(under.make({ cpu: { cpus: '4096' } }), (error) => {
    assert.match(String(error), /cannot use processors 4096 alone: /);
    return true;
  });
});
