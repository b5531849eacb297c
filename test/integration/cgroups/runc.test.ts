import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Cgroup, hierarchyTitle } from '../../../src/runtime/cgroups/cgroup.ts';
import { DEFAULT_DEVICE_RULES } from '../../../src/runtime/devices/default-device-rules.ts';
import type { DeviceRule, Resources } from '../../../src/spec/index.ts';
import { CgroupUnderTest, host } from './cgroup-under-test.ts';
import { runcCgroup } from './runc-cgroup.ts';

const MIB = 2 ** 20;
const rule = (allow: boolean, text: string): DeviceRule => {
  const [, type, major, minor, access] = /^(\w) ([\d*]+):([\d*]+) (\w+)$/.exec(text) ?? [];
  const number = (digits = '*') => (digits === '*' ? -1 : Number(digits));
  return { allow, type: type === 'b' ? 'b' : 'c', major: number(major), minor: number(minor), access };
};

/** What a disk of this host is called; a limit for one that is not there is refused. */
const disk = readFileSync('/proc/partitions', 'utf8').match(/^ +(\d+) +(\d+) +\d+ (?:[sv]d[a-z]|nvme\d+n\d+|ram0)$/m);
const [major, minor] = [Number(disk?.[1]), Number(disk?.[2])];

const accepted: [string, Resources][] = [
  ['nothing', {}],
  ['memory', { memory: { limit: 64 * MIB } }],
  ['memory and swap', { memory: { limit: 64 * MIB, swap: 96 * MIB, reservation: 32 * MIB } }],
  ['memory without swap', { memory: { limit: 64 * MIB, swap: 64 * MIB } }],
  ['unlimited memory', { memory: { limit: -1 } }],
  ['unlimited memory and swap', { memory: { limit: -1, swap: -1, reservation: -1 } }],
  ['memory with unlimited swap', { memory: { limit: 64 * MIB, swap: -1 } }],
  ['memory that is no whole page', { memory: { limit: 64 * MIB + 100 } }],
  ['swappiness', { memory: { swappiness: 0 } }],
  ['no OOM killer', { memory: { limit: 64 * MIB, disableOOMKiller: true } }],
  ['an OOM killer', { memory: { disableOOMKiller: false } }],
  ['kernel memory, which is ignored', { memory: { kernel: 32 * MIB, kernelTCP: 16 * MIB } }],
  ['shares', { cpu: { shares: 2 } }],
  ['many shares', { cpu: { shares: 262_144 } }],
  ['quota', { cpu: { quota: 25_000 } }],
  ['quota and the usual period', { cpu: { quota: 150_000, period: 100_000 } }],
  ['quota and period', { cpu: { quota: 10_000, period: 20_000 } }],
  ['period', { cpu: { period: 1_000_000 } }],
  ['unlimited quota', { cpu: { quota: -1, period: 50_000 } }],
  ['cpus', { cpu: { cpus: '0' } }],
  ['cpus and mems', { cpu: { cpus: '0-1', mems: '0' } }],
  ['mems', { cpu: { mems: '0' } }],
  ['empty cpus', { cpu: { cpus: '', mems: '' } }],
  ['tasks', { pids: { limit: 77 } }],
  ['unlimited tasks', { pids: { limit: -1 } }],
  ['no tasks, which counts as none given', { pids: { limit: 0 } }],
  ['weight of disks', { blockIO: { weight: 321 } }],
  ['all devices', { devices: [{ allow: true, access: 'rwm' }] }],
  ['no devices', { devices: [{ allow: false, access: 'rwm' }] }],
  ['some devices', { devices: [{ allow: false, access: 'rwm' }, rule(true, 'c 10:229 rwm'), rule(true, 'b 8:* rwm')] }],
  [
    'devices given and taken',
    { devices: [rule(true, 'c 10:229 rwm'), rule(true, 'c 4:64 rw'), rule(false, 'c 4:64 rw')] },
  ],
  [
    'everything together',
    {
      memory: { limit: 256 * MIB, swap: 512 * MIB, reservation: 128 * MIB, swappiness: 10 },
      cpu: { shares: 512, quota: 50_000, period: 100_000, cpus: '0-1', mems: '0' },
      pids: { limit: 100 },
      blockIO: { weight: 500 },
    },
  ],
  ...(host.mode === 'v2'
    ? ([
        ['files by name', { unified: { 'memory.high': '1048576', 'pids.max': '7', 'cpu.max': '5000 10000' } }],
        ['huge pages', { hugepageLimits: [{ pageSize: '2MB', limit: 4 * MIB }] }],
      ] satisfies [string, Resources][])
    : []),
  ...(disk
    ? ([
        [
          'rates of a disk',
          {
            blockIO: {
              throttleReadBpsDevice: [{ major, minor, rate: MIB }],
              throttleWriteBpsDevice: [{ major, minor, rate: 2 * MIB }],
            },
          },
        ],
        [
          'operations of a disk',
          {
            blockIO: {
              throttleReadIOPSDevice: [{ major, minor, rate: 100 }],
              throttleWriteIOPSDevice: [{ major, minor, rate: 200 }],
            },
          },
        ],
      ] satisfies [string, Resources][])
    : []),
];

const refused: [string, Resources][] = [
  ['a quota below the minimum', { cpu: { quota: 500 } }],
  ['a period above the maximum', { cpu: { period: 2_000_000 } }],
  ['processors that are not there', { cpu: { cpus: '4000' } }],
  ['memory nodes that are not there', { cpu: { mems: '900' } }],
  ['swap below memory', { memory: { limit: 64 * MIB, swap: 32 * MIB } }],
  ['a weight over 1000', { blockIO: { weight: 2000 } }],
  ...(host.mode === 'v2'
    ? ([
        ['a file of the cgroup that is not there', { unified: { 'memory.none': '1' } }],
        ['a controller that is not there', { unified: { 'none.max': '1' } }],
      ] satisfies [string, Resources][])
    : ([
        // v2 has the nearest weight for any number of shares, as runc since 1.3.2.
        ['too few shares', { cpu: { shares: 1 } }],
        ['too many shares', { cpu: { shares: 262_145 } }],
        ['swappiness over 100', { memory: { swappiness: 300 } }],
        ['a class of packets where there is no net_cls', { network: { classID: 7 } }],
        ['files of v2', { unified: { 'memory.high': '1048576' } }],
        ['real-time work without a budget above', { cpu: { realtimeRuntime: 1000 } }],
      ] satisfies [string, Resources][])),
];

/** Counters, lists of tasks, and what the kernel decides by itself. */
const NO_SETTING = new RegExp(
  [
    'tasks',
    'cgroup\\.(procs|threads|events|stat.*|controllers|event_control|kill|type|pressure)',
    '.*\\.(stat.*|usage.*|failcnt|max_usage_in_bytes|current|events.*|peak|pressure|reclaim)',
    'memory\\.(numa_stat|force_empty|pressure_level|kmem\\.slabinfo)',
    'cpuset\\.(effective_.*|memory_pressure|.*\\.effective)',
    'cpuacct\\..*|hugetlb\\..*\\.numa_stat',
    'blkio\\..*(io_service.*|reset_stats)',
    'devices\\.(allow|deny)|freezer\\.(parent_freezing|self_freezing)',
    // runc before 1.3.2 turned shares into weights by a formula that it has given up (conversions.test.ts has the new
    // one), and before 1.2 left the reservation of huge pages unlimited.
    ...(host.mode === 'v2' ? ['cpu\\.weight.*|hugetlb\\..*\\.rsvd\\.max'] : []),
  ]
    .map((pattern) => `^(${pattern})$`)
    .join('|'),
);

/** Every setting in every hierarchy: `memory/memory.limit_in_bytes` → its text. */
function settingsIn({ folders }: Cgroup): Record<string, string> {
  const found: [string, string][] = [];
  for (const folder of folders) {
    for (const { name } of readdirSync(folder.path, { withFileTypes: true }).filter((entry) => entry.isFile())) {
      if (NO_SETTING.test(name)) continue;
      const text = readFileSync(join(folder.path, name), 'utf8').trim();
      // The order of exceptions has no meaning.
      const shown = name === 'devices.list' ? text.split('\n').toSorted().join('\n') : text;
      found.push([`${hierarchyTitle(folder)}/${name}`, shown]);
    }
  }
  return Object.fromEntries(found);
}

const withDefaults = ({ devices = [], ...limits }: Resources): Resources => ({
  ...limits,
  devices: [...devices, ...DEFAULT_DEVICE_RULES],
});

describe('every setting of every hierarchy is what runc makes it', () => {
  for (const [name, resources] of accepted) {
    test(name, async (t) => {
      const under = CgroupUnderTest.open(t);
      const [theirs] = await Promise.all([runcCgroup(t, resources), under.make(withDefaults(resources))]);
      const [expected, actual] = [settingsIn(theirs), settingsIn(under.cgroup)];
      assert.ok(Object.keys(expected).length > 20);
      assert.deepEqual(actual, expected);
    });
  }
});

describe('what runc refuses is refused', () => {
  for (const [name, resources] of refused) {
    test(name, async (t) => {
      // Its words name the file, the field or the version, and so prove that it is about the limit.
      await assert.rejects(runcCgroup(t, resources), /cgroup|swap|swappiness/);
      const under = CgroupUnderTest.open(t);
      await assert.rejects(under.make(withDefaults(resources)));
    });
  }
});
