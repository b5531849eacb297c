import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Cgroup } from '../cgroup.ts';
import { oomKills } from '../oom-kills.ts';
import { readCgroupStats } from './read-stats.ts';

let root = '';
before(() => {
  root = mkdtempSync(join(tmpdir(), 'keelson-stats-'));
});
after(() => rmSync(root, { recursive: true }));

/** A folder with control files as the kernel shows them. */
function folder(name: string, files: Record<string, string>): string {
  const path = join(root, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

const UNLIMITED_V1 = '9223372036854771712\n';
const PRESSURE = `some avg10=1.50 avg60=0.25 avg300=0.00 total=151321
full avg10=0.00 avg60=0.00 avg300=0.00 total=97410
`;

test('v1', () => {
  const controllers = (names: string[], files: Record<string, string>) => ({
    version: 1 as const,
    controllers: names,
    mountPoint: root,
    path: folder(`v1-${names.join()}`, files),
  });
  const cgroup: Cgroup = {
    mode: 'v1',
    folders: [
      controllers(['cpu', 'cpuacct'], {
        'cpu.stat': 'nr_periods 30\nnr_throttled 12\nthrottled_time 412345678\n',
        'cpuacct.usage': '5123456789\n',
        'cpuacct.usage_user': '4000000000\n',
        'cpuacct.usage_sys': '1123456789\n',
        'cpuacct.usage_percpu': '3123456789 2000000000 \n',
      }),
      controllers(['memory'], {
        'memory.usage_in_bytes': '52428800\n',
        'memory.max_usage_in_bytes': '67108864\n',
        'memory.limit_in_bytes': '67108864\n',
        'memory.failcnt': '9\n',
        'memory.memsw.limit_in_bytes': '134217728\n',
        'memory.memsw.failcnt': '1\n',
        'memory.kmem.usage_in_bytes': '1048576\n',
        'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
        'memory.stat': 'cache 1000\nrss 2000\ntotal_inactive_file 4096\ntotal_swap 8192\n',
      }),
      controllers(['pids'], { 'pids.current': '3\n', 'pids.max': '20\n' }),
      controllers(['blkio'], {
        'blkio.throttle.io_service_bytes_recursive':
          '8:0 Read 4096\n8:0 Write 512\n8:0 Sync 4608\n8:0 Total 4608\n253:1 Read 0\n253:1 Write 1024\nTotal 5632\n',
        'blkio.throttle.io_serviced_recursive': '8:0 Read 4\n8:0 Write 1\n253:1 Write 2\nTotal 7\n',
      }),
    ],
  };
  assert.deepEqual(readCgroupStats(cgroup), {
    cpu: {
      total: 5_123_456_789,
      user: 4_000_000_000,
      system: 1_123_456_789,
      perCpu: [3_123_456_789, 2_000_000_000],
      throttling: { periods: 30, throttledPeriods: 12, throttledTime: 412_345_678 },
    },
    memory: {
      usage: 52_428_800,
      maxUsage: 67_108_864,
      limit: 67_108_864,
      failures: 9,
      oomKills: 2,
      inactiveFile: 4096,
      swap: { usage: 8192, limit: 67_108_864, failures: 1 },
      kernel: 1_048_576,
      detail: { cache: 1000, rss: 2000, total_inactive_file: 4096, total_swap: 8192 },
    },
    pids: { current: 3, limit: 20 },
    io: {
      devices: [
        { major: 8, minor: 0, readBytes: 4096, writtenBytes: 512, reads: 4, writes: 1 },
        { major: 253, minor: 1, readBytes: 0, writtenBytes: 1024, reads: 0, writes: 2 },
      ],
    },
  });
  assert.equal(oomKills(cgroup), 2);
});

test('v2', () => {
  const path = folder('v2', {
    'cpu.stat':
      'usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nnr_periods 5\nnr_throttled 1\nthrottled_usec 77\nnr_bursts 0\n',
    'cpu.pressure': PRESSURE,
    'memory.current': '4096\n',
    'memory.peak': '8192\n',
    'memory.max': 'max\n',
    'memory.swap.current': '0\n',
    'memory.swap.max': '1048576\n',
    'memory.swap.events': 'high 0\nmax 5\nfail 0\n',
    'memory.events': 'low 0\nhigh 0\nmax 4\noom 1\noom_kill 1\noom_group_kill 0\n',
    'memory.stat': 'anon 100\nfile 200\nkernel 300\ninactive_file 50\n',
    'pids.current': '2\n',
    'pids.max': 'max\n',
    'io.stat': '8:0 rbytes=90112 wbytes=4096 rios=4 wios=1 dbytes=0 dios=0\n253:0 \n',
    'rdma.current': 'mlx4_0 hca_handle=2 hca_object=2000\n',
  });
  const cgroup: Cgroup = {
    mode: 'v2',
    folders: [{ version: 2, controllers: ['cpu', 'memory', 'pids', 'io', 'rdma'], mountPoint: root, path }],
  };
  const none = Number.POSITIVE_INFINITY;
  const full = { avg10: 0, avg60: 0, avg300: 0, total: 97_410 };
  assert.deepEqual(readCgroupStats(cgroup), {
    cpu: {
      total: 5_000_000,
      user: 3_000_000,
      system: 2_000_000,
      throttling: { periods: 5, throttledPeriods: 1, throttledTime: 77_000 },
    },
    memory: {
      usage: 4096,
      maxUsage: 8192,
      limit: none,
      failures: 4,
      oomKills: 1,
      inactiveFile: 50,
      swap: { usage: 0, limit: 1_048_576, failures: 5 },
      kernel: 300,
      detail: { anon: 100, file: 200, kernel: 300, inactive_file: 50 },
    },
    pids: { current: 2, limit: none },
    io: {
      devices: [
        { major: 8, minor: 0, readBytes: 90_112, writtenBytes: 4096, reads: 4, writes: 1 },
        { major: 253, minor: 0, readBytes: 0, writtenBytes: 0, reads: 0, writes: 0 },
      ],
    },
    rdma: { mlx4_0: { hcaHandles: 2, hcaObjects: 2000 } },
    pressure: { cpu: { some: { avg10: 1.5, avg60: 0.25, avg300: 0, total: 151_321 }, full } },
  });
  assert.equal(oomKills(cgroup), 1);
});

describe('what is missing', () => {
  test('unlimited v1 memory, without swap accounting', () => {
    const path = folder('bare', { 'memory.usage_in_bytes': '1\n', 'memory.limit_in_bytes': UNLIMITED_V1 });
    const folders = [{ version: 1 as const, controllers: ['memory'], mountPoint: root, path }];
    const { memory } = readCgroupStats({ mode: 'v1', folders });
    assert.equal(memory?.limit, Number.POSITIVE_INFINITY);
    assert.equal(memory?.swap, undefined);
  });

  test('a cgroup that has gone uses nothing', () => {
    const path = join(root, 'gone');
    const all = ['cpu', 'memory', 'pids', 'io', 'hugetlb', 'rdma'];
    const cgroup: Cgroup = { mode: 'v2', folders: [{ version: 2, controllers: all, mountPoint: root, path }] };
    assert.deepEqual(readCgroupStats(cgroup), {});
    assert.equal(oomKills(cgroup), 0);
  });
});
