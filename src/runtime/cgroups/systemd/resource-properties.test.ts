import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Resources } from '../../../spec/index.ts';
import { DEFAULT_DEVICE_RULES } from '../../devices/default-device-rules.ts';
import { resourceProperties, type SystemdFacts } from './resource-properties.ts';
import { unitProperties } from './unit-properties.ts';

const MIB = 2 ** 20;
const NONE = 2n ** 64n - 1n;
const v2: SystemdFacts = { cgroups: 2, version: 252 };
const v1: SystemdFacts = { cgroups: 1, version: 252 };

function translated(resources: Resources, facts: SystemdFacts): Record<string, unknown> {
  return Object.fromEntries(
    resourceProperties(resources, facts).map(({ name, signature, value }) => [
      name,
      signature === 'ay' && value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    ]),
  );
}

const TABLE: readonly [name: string, Resources, SystemdFacts, Record<string, unknown>][] = [
  ['nothing', {}, v2, {}],
  ['memory', { memory: { limit: 64 * MIB } }, v2, { MemoryMax: 67108864n }],
  ['memory of v1', { memory: { limit: 64 * MIB, swap: 96 * MIB } }, v1, { MemoryLimit: 67108864n }],
  ['unlimited memory', { memory: { limit: -1 } }, v2, { MemoryMax: NONE, MemorySwapMax: NONE }],
  [
    'swap counts memory in the specification, and not in v2',
    { memory: { limit: 64 * MIB, swap: 96 * MIB, reservation: MIB } },
    v2,
    { MemoryMax: 67108864n, MemoryLow: 1048576n, MemorySwapMax: 33554432n },
  ],
  ['no swap', { memory: { limit: MIB, swap: MIB } }, v2, { MemoryMax: 1048576n, MemorySwapMax: 0n }],
  ['shares', { cpu: { shares: 1024 } }, v2, { CPUWeight: 100n }],
  ['shares of v1', { cpu: { shares: 1024 } }, v1, { CPUShares: 1024n }],
  ['idle', { cpu: { idle: 1, shares: 2048 } }, v2, { CPUWeight: 0n }],
  ['idle, which 251 has not', { cpu: { idle: 1, shares: 1024 } }, { cgroups: 2, version: 251 }, { CPUWeight: 100n }],
  ['quota', { cpu: { quota: 30_000 } }, v2, { CPUQuotaPerSecUSec: 300_000n }],
  [
    'quota and period, rounded up to a percent',
    { cpu: { quota: 25_250, period: 50_000 } },
    v2,
    { CPUQuotaPeriodUSec: 50_000n, CPUQuotaPerSecUSec: 510_000n },
  ],
  ['a period alone', { cpu: { period: 20_000 } }, v2, { CPUQuotaPeriodUSec: 20_000n, CPUQuotaPerSecUSec: NONE }],
  ['no quota', { cpu: { quota: -1 } }, v2, { CPUQuotaPerSecUSec: NONE }],
  [
    'a period, which 241 has not',
    { cpu: { quota: 1, period: 100 } },
    { cgroups: 2, version: 241 },
    { CPUQuotaPerSecUSec: 10_000n },
  ],
  ['sets', { cpu: { cpus: '0-2,9', mems: '0' } }, v1, { AllowedCPUs: '0702', AllowedMemoryNodes: '01' }],
  ['sets, which 243 has not', { cpu: { cpus: '0' } }, { cgroups: 2, version: 243 }, {}],
  ['tasks', { pids: { limit: 77 } }, v2, { TasksMax: 77n }],
  ['unlimited tasks', { pids: { limit: -1 } }, v1, { TasksMax: NONE }],
  ['no tasks, which counts as none given', { pids: { limit: 0 } }, v2, {}],
  ['disks', { blockIO: { weight: 1000 } }, v2, { IOWeight: 10000n }],
  ['disks of v1', { blockIO: { weight: 500 } }, v1, { BlockIOWeight: 500n }],
  [
    'files',
    {
      unified: {
        'memory.high': 'max',
        'memory.low': ' 4096\n',
        'memory.min': '8192',
        'memory.max': '1073741824',
        'memory.swap.max': '0',
        'pids.max': '5',
        'cpu.max': 'max 20000',
        'cpu.weight': '7',
        'cpuset.mems': '1',
        'hugetlb.2MB.max': '0',
      },
    },
    v2,
    {
      ...{ MemoryHigh: NONE, MemoryLow: 4096n, MemoryMin: 8192n, MemoryMax: 1073741824n, MemorySwapMax: 0n },
      ...{ TasksMax: 5n, CPUQuotaPeriodUSec: 20_000n, CPUQuotaPerSecUSec: NONE, CPUWeight: 7n },
      AllowedMemoryNodes: '02',
    },
  ],
  ['a file with what the kernel is to refuse', { unified: { 'memory.max': 'much', 'cpu.max': 'half' } }, v2, {}],
  ['all devices', { devices: [{ allow: true, access: 'rwm' }] }, v2, { DevicePolicy: 'auto', DeviceAllow: [] }],
  ['no devices', { devices: [] }, v2, { DevicePolicy: 'strict', DeviceAllow: [] }],
  [
    'all devices but one, which systemd cannot say',
    {
      devices: [
        { allow: true, access: 'rwm' },
        { allow: false, type: 'c', major: 1, minor: 1, access: 'rwm' },
      ],
    },
    v2,
    { DevicePolicy: 'auto', DeviceAllow: [] },
  ],
  [
    'a minor number of all majors, which it cannot say either',
    { devices: [{ allow: true, type: 'c', minor: 3, access: 'r' }] },
    v2,
    { DevicePolicy: 'auto', DeviceAllow: [] },
  ],
  [
    'the default devices',
    { devices: DEFAULT_DEVICE_RULES },
    v2,
    {
      DevicePolicy: 'strict',
      DeviceAllow: [
        ['char-*', 'm'],
        ['block-*', 'm'],
        ...['1:3', '1:5', '1:7', '1:8', '1:9', '5:0', '5:2'].map((number) => [`/dev/char/${number}`, 'rwm']),
        ['char-136', 'rwm'],
        ['/dev/char/10:200', 'rwm'],
      ],
    },
  ],
];

describe('limits as systemd calls them', () => {
  for (const [name, resources, facts, expected] of TABLE) {
    test(name, () => assert.deepEqual(translated(resources, facts), expected));
  }
});

test('lists that are none are refused before systemd is asked', () => {
  for (const cpus of ['a', '3-1', '1,,2', '9999']) {
    assert.throws(() => resourceProperties({ cpu: { cpus } }, v2), { code: 'CGROUP_LIST_INVALID' }, cpus);
  }
  assert.throws(() => resourceProperties({ memory: { limit: MIB, swap: 5 } }, v2), { code: 'CGROUP_SWAP_LIMIT' });
});

test('what a unit has besides its limits, and that these win over annotations', () => {
  const unit = { name: 'p-n.scope', slice: 'a.slice', prefix: 'p', title: 'n' };
  const annotations = { 'org.systemd.property.TasksMax': 'uint64 9', 'org.systemd.property.CollectMode': "'inactive'" };
  const resources: Resources = { pids: { limit: 5 }, unified: { 'memory.oom.group': '1' } };
  const found = unitProperties({ unit, pid: 42, resources, annotations, facts: v2 });
  assert.deepEqual(
    found.map(({ name, value }) => [name, value]),
    [
      ['Description', 'keelson container n'],
      ['Slice', 'a.slice'],
      ['Delegate', true],
      ['PIDs', [42]],
      ...['MemoryAccounting', 'CPUAccounting', 'IOAccounting', 'TasksAccounting'].map((name) => [name, true]),
      ['DefaultDependencies', false],
      ['TasksMax', 9n],
      ['CollectMode', 'inactive'],
      ['OOMPolicy', 'kill'],
      ['TasksMax', 5n],
    ],
  );
  const old = unitProperties({ unit, pid: 42, resources: {}, annotations: {}, facts: v1 });
  assert.ok(old.some(({ name }) => name === 'BlockIOAccounting') && !old.some(({ name }) => name === 'IOAccounting'));
});
