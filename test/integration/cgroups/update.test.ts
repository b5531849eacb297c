import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { folderOf } from '../../../src/runtime/cgroups/cgroup.ts';
import { readCgroupStats } from '../../../src/runtime/cgroups/stats/read-stats.ts';
import { updateCgroup } from '../../../src/runtime/cgroups/update-cgroup.ts';
import type { Resources } from '../../../src/spec/index.ts';
import { CgroupUnderTest, eventually } from './cgroup-under-test.ts';

const MIB = 2 ** 20;

async function running(t: Parameters<typeof CgroupUnderTest.open>[0], resources: Resources, script = 'exec sleep 99') {
  const under = CgroupUnderTest.open(t);
  await under.make(resources);
  await under.run(script);
  const update = (change: Resources) => updateCgroup(under.kernel, under.cgroup, { resources: change });
  return { under, update };
}

/** MiB of memory, and of memory and swap together. */
function memoryLimits({ cgroup }: CgroupUnderTest): number[] {
  const { limit = 0, swap } = readCgroupStats(cgroup).memory ?? {};
  return [limit / MIB, (limit + (swap?.limit ?? 0)) / MIB];
}

/** Microseconds: quota (-1 for none), period, burst. */
function bandwidth(under: CgroupUnderTest): number[] {
  if (folderOf(under.cgroup, 'cpu')?.version === 1) {
    return ['quota', 'period', 'burst'].map((name) => Number(under.read('cpu', `cpu.cfs_${name}_us`)));
  }
  const [quota, period] = under.read('cpu', 'cpu.max').split(' ');
  return [quota === 'max' ? -1 : Number(quota), Number(period), Number(under.read('cpu', 'cpu.max.burst'))];
}

describe('changing limits of a running container', () => {
  test('memory and swap, up and down past each other', async (t) => {
    const { under, update } = await running(t, { memory: { limit: 32 * MIB, swap: 64 * MIB } });
    assert.deepEqual(memoryLimits(under), [32, 64]);
    for (const [limit, swap] of [
      [128, 256],
      [16, 16],
      [32, 32],
      [16, 64],
    ] as const) {
      await update({ memory: { limit: limit * MIB, swap: swap * MIB } });
      assert.deepEqual(memoryLimits(under), [limit, swap]);
    }
    await update({ memory: { swap: 80 * MIB } });
    assert.deepEqual(memoryLimits(under), [16, 80]);
    const none = Number.POSITIVE_INFINITY;
    await update({ memory: { limit: -1 } });
    assert.deepEqual(memoryLimits(under), [none, none]);
    await update({ memory: { limit: 16 * MIB } });
    assert.deepEqual(memoryLimits(under), [16, none]);
  });

  test('quota, period and burst, past each other', async (t) => {
    const { under, update } = await running(t, { cpu: { quota: 50_000, period: 100_000, burst: 40_000 } });
    assert.deepEqual(bandwidth(under), [50_000, 100_000, 40_000]);
    await update({ cpu: { quota: 5000, period: 10_000, burst: 1000 } });
    assert.deepEqual(bandwidth(under), [5000, 10_000, 1000]);
    await update({ cpu: { quota: 900_000, period: 1_000_000, burst: 800_000 } });
    assert.deepEqual(bandwidth(under), [900_000, 1_000_000, 800_000]);
    await update({ cpu: { period: 950_000 } });
    assert.deepEqual(bandwidth(under), [900_000, 950_000, 800_000]);
    await update({ cpu: { burst: 0, quota: -1 } });
    assert.deepEqual(bandwidth(under), [-1, 950_000, 0]);
  });

  test('weight and idleness', async (t) => {
    const { under, update } = await running(t, { cpu: { shares: 512, idle: 1 } });
    assert.equal(under.read('cpu', 'cpu.idle'), '1');
    await update({ cpu: { idle: 0, shares: 2048 } });
    const [file, weight] =
      folderOf(under.cgroup, 'cpu')?.version === 1 ? ['cpu.shares', '2048'] : ['cpu.weight', '174'];
    assert.deepEqual([under.read('cpu', 'cpu.idle'), under.read('cpu', file)], ['0', weight]);
  });

  test('tasks, processors; what is left out stays, and so do devices', async (t) => {
    const devices = [{ allow: false, access: 'rwm' }];
    const { under, update } = await running(t, { pids: { limit: 10 }, cpu: { cpus: '0-1' }, devices });
    await update({ pids: { limit: -1 }, devices: [{ allow: true, access: 'rwm' }] });
    assert.equal(under.read('pids', 'pids.max'), 'max');
    if (folderOf(under.cgroup, 'devices')?.version === 1) assert.equal(under.read('devices', 'devices.list'), '');
    await update({ cpu: { cpus: '1' } });
    assert.equal(under.read('cpuset', 'cpuset.cpus'), '1');
    assert.equal(under.read('pids', 'pids.max'), 'max');
  });

  test('memory below what is in use is refused, when that is asked for, and by the kernel', async (t) => {
    const holder = "x=$(head -c 8M /dev/zero | tr '\\0' a); sleep 99; echo $x";
    const { under, update } = await running(t, { memory: { limit: 256 * MIB, swap: 256 * MIB } }, holder);
    await eventually('it holds memory', () => (readCgroupStats(under.cgroup).memory?.usage ?? 0) > 8 * MIB);
    const refused = { kind: 'conflict', code: 'CGROUP_MEMORY_IN_USE' };
    await assert.rejects(update({ memory: { limit: MIB, checkBeforeUpdate: true } }), refused);
    assert.deepEqual(memoryLimits(under), [256, 256]);
    // What a program holds cannot be taken back without swap, or with a limit on that too. v2 has the OOM killer make room.
    if (folderOf(under.cgroup, 'memory')?.version === 2) return;
    await assert.rejects(update({ memory: { limit: MIB, swap: MIB } }), refused);
    assert.equal(memoryLimits(under)[1], 256);
  });

  test('a value no kernel takes changes nothing', async (t) => {
    const { under, update } = await running(t, { cpu: { quota: 50_000 } });
    await assert.rejects(update({ cpu: { quota: 1 } }), { kind: 'invalid', code: 'EINVAL' });
    await assert.rejects(update({ pids: { limit: 2 ** 40 } }), { kind: 'invalid', code: 'EINVAL' });
    assert.equal(bandwidth(under)[0], 50_000);
  });
});
