import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Resources } from '../../../spec/index.ts';
import { locateCgroup } from '../cgroup.ts';
import * as hosts from '../example-hosts.ts';
import { parseCgroupLayout } from '../parse-cgroup-layout.ts';
import { planSettings, type SettingsRequest } from './plan-settings.ts';

const MIB = 2 ** 20;
const cgroupOn = (host: hosts.ExampleHost) => locateCgroup(parseCgroupLayout(hosts.sourcesOf(host)), '/k/a');

function plan(host: hosts.ExampleHost, resources: Resources, more: Partial<SettingsRequest> = {}) {
  const defaults = { updating: false, swap: true, ioCost: true, missing: 'refuse' as const };
  return planSettings({ ...defaults, cgroup: cgroupOn(host), resources, ...more });
}

/** `memory/k/a/memory.limit_in_bytes 64` for each write, with what may fail. */
function writes(...args: Parameters<typeof plan>): string[] {
  return plan(...args).steps.flatMap((step) => {
    if (step.do !== 'write') return [step.do];
    const { file, values, allow } = step.setting;
    const folder = step.path
      .replace('/sys/fs/cgroup/', '')
      .replace(/^k\/a$/, '')
      .replace(/\/k\/a$/, ' ');
    return values.map((value) => `${folder}${file} ${value}${allow === undefined ? '' : ` ?${allow}`}`);
  });
}

const EINVAL = 22;
const ENOENT = 2;

const SAME: [name: string, resources: Resources, v1: string[], v2: string[]][] = [
  ['nothing', {}, [], []],
  [
    'memory and swap',
    { memory: { limit: 64 * MIB, swap: 96 * MIB, reservation: 32 * MIB } },
    [
      'memory memory.limit_in_bytes 67108864',
      'memory memory.memsw.limit_in_bytes 100663296',
      'memory memory.soft_limit_in_bytes 33554432',
    ],
    ['memory.swap.max 33554432', 'memory.max 67108864', 'memory.low 33554432'],
  ],
  [
    'no swap',
    { memory: { limit: MIB, swap: MIB } },
    ['memory memory.limit_in_bytes 1048576', 'memory memory.memsw.limit_in_bytes 1048576'],
    [`memory.swap.max 0 ?${ENOENT}`, 'memory.max 1048576'],
  ],
  [
    'unlimited memory lifts swap too',
    { memory: { limit: -1 } },
    ['memory memory.limit_in_bytes -1', 'memory memory.memsw.limit_in_bytes -1'],
    [`memory.swap.max max ?${ENOENT}`, 'memory.max max'],
  ],
  ['memory of 0 is none given', { memory: { limit: 0, swap: 0, reservation: 0 } }, [], []],
  [
    'swappiness, and waiting instead of killing',
    { memory: { swappiness: 0, disableOOMKiller: true } },
    ['memory memory.swappiness 0', 'memory memory.oom_control 1'],
    [],
  ],
  ['kernel memory, which Linux dropped', { memory: { kernel: MIB, kernelTCP: MIB } }, [], []],
  ['cpu shares', { cpu: { shares: 2000 } }, ['cpu,cpuacct cpu.shares 2000'], ['cpu.weight 170']],
  [
    'cpu quota with the usual period',
    { cpu: { quota: 50_000, period: 100_000 } },
    ['cpu,cpuacct cpu.cfs_quota_us 50000'],
    ['cpu.max 50000 100000'],
  ],
  [
    'cpu quota, period and burst',
    { cpu: { quota: 5000, period: 10_000, burst: 2000 } },
    ['cpu,cpuacct cpu.cfs_period_us 10000', 'cpu,cpuacct cpu.cfs_quota_us 5000', 'cpu,cpuacct cpu.cfs_burst_us 2000'],
    ['cpu.max 5000 10000', 'cpu.max.burst 2000'],
  ],
  ['cpu period alone', { cpu: { period: 20_000 } }, ['cpu,cpuacct cpu.cfs_period_us 20000'], ['cpu.max max 20000']],
  ['unlimited cpu', { cpu: { quota: -1 } }, ['cpu,cpuacct cpu.cfs_quota_us -1'], ['cpu.max max']],
  [
    'idle, after the weight that it makes impossible to set',
    { cpu: { idle: 1, shares: 512 } },
    ['cpu,cpuacct cpu.shares 512', 'cpu,cpuacct cpu.idle 1'],
    ['cpu.weight 59', 'cpu.idle 1'],
  ],
  ['not idle, as a new cgroup is', { cpu: { idle: 0, burst: 0 } }, [], []],
  [
    'real time',
    { cpu: { realtimePeriod: 1_000_000, realtimeRuntime: 950_000 } },
    ['cpu,cpuacct cpu.rt_period_us 1000000', 'cpu,cpuacct cpu.rt_runtime_us 950000'],
    [],
  ],
  [
    'processors and memory nodes',
    { cpu: { cpus: '0-1,3', mems: '0' } },
    ['cpuset cpuset.cpus 0-1,3', 'cpuset cpuset.mems 0'],
    ['cpuset.cpus 0-1,3', 'cpuset.mems 0'],
  ],
  ['tasks', { pids: { limit: 100 } }, ['pids pids.max 100'], ['pids.max 100']],
  ['unlimited tasks', { pids: { limit: -1 } }, ['pids pids.max max'], ['pids.max max']],
  ['tasks of 0 is none given', { pids: { limit: 0 } }, [], []],
  [
    'weights of disks',
    { blockIO: { weight: 100, weightDevice: [{ major: 8, minor: 0, weight: 500, leafWeight: 300 }] } },
    ['blkio blkio.bfq.weight 100', 'blkio blkio.bfq.weight_device 8:0 500'],
    [`io.bfq.weight 100 ?${ENOENT}`, 'io.weight 910', 'io.bfq.weight 8:0 500'],
  ],
  [
    'rates of disks, a line for each disk',
    {
      blockIO: {
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1024 }],
        throttleWriteBpsDevice: [{ major: 8, minor: 16, rate: 2048 }],
        throttleReadIOPSDevice: [{ major: 8, minor: 16, rate: 10 }],
        throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 0 }],
      },
    },
    [
      'blkio blkio.throttle.read_bps_device 8:0 1024',
      'blkio blkio.throttle.write_bps_device 8:16 2048',
      'blkio blkio.throttle.read_iops_device 8:16 10',
      'blkio blkio.throttle.write_iops_device 8:0 0',
    ],
    ['io.max 8:0 rbps=1024 wiops=max', 'io.max 8:16 wbps=2048 riops=10'],
  ],
  [
    'huge pages, used and reserved',
    { hugepageLimits: [{ pageSize: '2MB', limit: 4 * MIB }] },
    ['hugetlb hugetlb.2MB.limit_in_bytes 4194304', `hugetlb hugetlb.2MB.rsvd.limit_in_bytes 4194304 ?${ENOENT}`],
    ['hugetlb.2MB.max 4194304', `hugetlb.2MB.rsvd.max 4194304 ?${ENOENT}`],
  ],
  [
    'network class and priorities',
    { network: { classID: 0x100001, priorities: [{ name: 'eth0', priority: 5 }] } },
    ['net_cls,net_prio net_cls.classid 1048577', 'net_cls,net_prio net_prio.ifpriomap eth0 5'],
    [],
  ],
];

describe('what is written', () => {
  for (const [name, resources, v1, v2] of SAME) {
    test(`${name}, on v1`, () => assert.deepEqual(writes(hosts.V1, resources), v1));
    test(`${name}, on v2`, () => assert.deepEqual(writes(hosts.V2, resources), v2));
  }

  test('RDMA devices', () => {
    const resources = { rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10 }, mlx4_0: { hcaObjects: 7 } } };
    assert.deepEqual(writes(hosts.V2, resources), [
      'rdma.max mlx5_1 hca_handle=3 hca_object=10',
      'rdma.max mlx4_0 hca_object=7',
    ]);
  });

  test('files named by the specification, line by line, after all else', () => {
    const unified = { 'memory.high': '1048576', 'io.max': '8:0 rbps=1\n8:16 wbps=2\n', 'cpuset.cpus': '' };
    assert.deepEqual(writes(hosts.V2, { unified, pids: { limit: 3 } }), [
      'pids.max 3',
      'memory.high 1048576',
      'io.max 8:0 rbps=1',
      'io.max 8:16 wbps=2',
      'cpuset.cpus \n',
    ]);
  });

  test('devices: lines for v1, one descriptor a run of lines; a program for v2', () => {
    const devices = [
      { allow: false, access: 'rwm' },
      { allow: true, type: 'c' as const, major: 1, minor: 3, access: 'rw' },
      { allow: true, type: 'c' as const, major: 1, minor: 5, access: 'r' },
    ];
    assert.deepEqual(writes(hosts.V1, { devices }), [
      'devices devices.deny a *:* rwm',
      'devices devices.allow c 1:3 rw',
      'devices devices.allow c 1:5 r',
    ]);
    assert.equal(plan(hosts.V1, { devices }).steps.length, 2);
    assert.deepEqual(writes(hosts.V2, { devices }), ['filter-devices']);
    assert.deepEqual(writes(hosts.V2, {}), []);
  });

  test('without the kernel counting swap, memory alone is limited, with a warning', () => {
    const swapless = plan(hosts.V1, { memory: { limit: MIB, swap: 2 * MIB } }, { swap: false });
    assert.equal(swapless.steps.length, 1);
    assert.deepEqual(
      swapless.warnings.map(({ because }) => because),
      ['linux.resources.memory.swap'],
    );
  });

  test('without io.weight, the file of BFQ must be there', () => {
    assert.deepEqual(writes(hosts.V2, { blockIO: { weight: 20 } }, { ioCost: false }), ['io.bfq.weight 20']);
  });
});

describe('a change of limits in use', () => {
  const updating = { updating: true };

  test('is tried before and after what stands in its way, on v1', () => {
    assert.deepEqual(writes(hosts.V1, { memory: { limit: MIB, swap: 2 * MIB } }, updating), [
      `memory memory.memsw.limit_in_bytes 2097152 ?${EINVAL}`,
      'memory memory.limit_in_bytes 1048576',
      'memory memory.memsw.limit_in_bytes 2097152',
    ]);
    assert.deepEqual(writes(hosts.V1, { cpu: { quota: 7000, period: 100_000, burst: 0 } }, updating), [
      `cpu,cpuacct cpu.cfs_period_us 100000 ?${EINVAL}`,
      `cpu,cpuacct cpu.cfs_burst_us 0 ?${EINVAL}`,
      'cpu,cpuacct cpu.cfs_quota_us 7000',
      'cpu,cpuacct cpu.cfs_period_us 100000',
      'cpu,cpuacct cpu.cfs_burst_us 0',
    ]);
  });

  test('can take back what a new cgroup has anyway', () => {
    assert.deepEqual(
      writes(hosts.V1, { cpu: { idle: 0, shares: 10 }, memory: { disableOOMKiller: false } }, updating),
      ['memory memory.oom_control 0', 'cpu,cpuacct cpu.idle 0', 'cpu,cpuacct cpu.shares 10'],
    );
    assert.deepEqual(writes(hosts.V2, { cpu: { burst: 0 } }, updating), ['cpu.max.burst 0']);
  });
});

describe('what this host cannot do', () => {
  test('names the limit, the controller and what asked for it', () => {
    const request = { because: { 'linux.resources.hugepageLimits[0]': '--hugepages' } };
    assert.throws(() => plan(hosts.HYBRID, { hugepageLimits: [{ pageSize: '2MB', limit: MIB }] }, request), {
      kind: 'unavailable',
      code: 'CGROUP_CONTROLLER',
      message: 'cannot limit huge pages of 2MB to 1MiB: there is no hugetlb cgroup controller for --hugepages',
    });
    assert.throws(
      () => plan({ ...hosts.V2, controllers: 'cpu' }, { blockIO: { weight: 10 } }),
      /no io cgroup controller/,
    );
    assert.throws(() => plan(hosts.INSIDE_A_CONTAINER, { devices: [] }), /no devices cgroup controller/);
  });

  test('is a warning for all but the fields that are named', () => {
    const request = { missing: { refuse: ['pids.limit'] } };
    const { warnings } = plan(hosts.INSIDE_A_CONTAINER, { devices: [] }, request);
    assert.deepEqual(
      warnings.map(({ because }) => because),
      ['linux.resources.devices'],
    );
    assert.throws(() => plan(hosts.INSIDE_A_CONTAINER, { pids: { limit: 5 } }, request), { code: 'CGROUP_CONTROLLER' });
  });

  test('is a warning where the caller can do without', () => {
    const { steps, warnings } = plan(
      hosts.INSIDE_A_CONTAINER,
      { pids: { limit: 5 }, devices: [] },
      { missing: 'warn' },
    );
    assert.deepEqual(steps, []);
    assert.deepEqual(warnings, [
      { because: 'linux.resources.pids.limit', message: 'has no effect: there is no pids cgroup controller' },
      { because: 'linux.resources.devices', message: 'has no effect: there is no devices cgroup controller' },
    ]);
  });

  test('all devices allowed need no controller', () => {
    assert.deepEqual(writes(hosts.INSIDE_A_CONTAINER, { devices: [{ allow: true, access: 'rwm' }] }), []);
  });

  test('fields of v1 on v2 are warned about', () => {
    const { warnings } = plan(hosts.V2, {
      memory: { swappiness: 10, disableOOMKiller: true, kernel: 1 },
      cpu: { realtimeRuntime: 1, realtimePeriod: 1 },
      network: { classID: 1, priorities: [{ name: 'eth0', priority: 1 }] },
      blockIO: { leafWeight: 10 },
    });
    assert.deepEqual(warnings.map(({ because }) => because.replace('linux.resources.', '')).toSorted(), [
      'blockIO.leafWeight',
      'cpu.realtimePeriod',
      'cpu.realtimeRuntime',
      'memory.disableOOMKiller',
      'memory.kernel',
      'memory.swappiness',
      'network.classID',
      'network.priorities',
    ]);
  });

  test('files of v2 on v1 are refused', () => {
    for (const host of [hosts.V1, hosts.HYBRID]) {
      const code = 'CGROUP_UNIFIED';
      assert.throws(() => plan(host, { unified: { 'memory.high': '1' } }), { kind: 'unsupported', code });
    }
  });
});

test('text that would become part of a path or a second line is refused', () => {
  const hostile: [Resources, string][] = [
    [{ hugepageLimits: [{ pageSize: '../../x', limit: 1 }] }, 'CGROUP_PAGE_SIZE'],
    [{ unified: { '../other/memory.max': '1' } }, 'CGROUP_UNIFIED_FILE'],
    [{ unified: { 'a/b.c': '1' } }, 'CGROUP_UNIFIED_FILE'],
    [{ unified: { '..': '1' } }, 'CGROUP_UNIFIED_FILE'],
    [{ rdma: { 'a b': { hcaHandles: 1 } } }, 'CGROUP_RDMA_DEVICE'],
    [{ cpu: { shares: 1 } }, 'CGROUP_CPU_SHARES'],
    [{ cpu: { shares: 262_145 } }, 'CGROUP_CPU_SHARES'],
    [{ network: { priorities: [{ name: 'a\nb', priority: 1 }] } }, 'CGROUP_INTERFACE_NAME'],
  ];
  for (const [resources, code] of hostile) {
    const host = resources.cpu || resources.network ? hosts.V1 : hosts.V2;
    assert.throws(() => plan(host, resources), { kind: 'invalid', code });
  }
});
