import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statsData } from './stats-data.ts';

const none = Number.POSITIVE_INFINITY;
/** As the reader of a line sees it. */
const printed = (...args: Parameters<typeof statsData>) => JSON.stringify(statsData(...args));

test('v2: swap with memory, pressure, no limit as the largest number of 64 bits', () => {
  const times = { avg10: 1.5, avg60: 0, avg300: 0, total: 7 };
  const pressure = { some: times, full: times };
  const text = printed(
    {
      cpu: { total: 5, user: 3, system: 2 },
      memory: {
        usage: 10,
        limit: none,
        failures: 1,
        oomKills: 0,
        inactiveFile: 0,
        swap: { usage: 4, limit: none, failures: 2 },
        detail: { file: 6, anon: 4 },
      },
      pids: { current: 2, limit: none },
      io: { devices: [{ major: 8, minor: 0, readBytes: 1, writtenBytes: 0, reads: 1, writes: 0 }] },
      hugepages: { '2MB': { usage: 0, limit: none, failures: 0 } },
      pressure: { cpu: pressure, memory: pressure, io: pressure },
    },
    {},
  );
  const { cpu, memory, pids, blkio, hugetlb, cpuset } = JSON.parse(text);
  assert.deepEqual(cpu, { usage: { total: 5, kernel: 2, user: 3 }, throttling: {}, psi: pressure });
  assert.match(text, /"usage":\{"limit":18446744073709551615,"usage":10,"failcnt":1\}/);
  assert.match(text, /"swap":\{"limit":18446744073709551615,"usage":14,"failcnt":2\}/);
  assert.deepEqual([memory.cache, memory.raw, memory.psi], [6, { anon: 4, file: 6 }, pressure]);
  assert.deepEqual([memory.kernel, memory.kernelTCP], Array(2).fill({ limit: 0, failcnt: 0 }));
  assert.deepEqual(pids, { current: 2 });
  assert.deepEqual(blkio, {
    ioServiceBytesRecursive: [
      { major: 8, op: 'Read', value: 1 },
      { major: 8, op: 'Write' },
    ],
    ioServicedRecursive: [
      { major: 8, op: 'Read', value: 1 },
      { major: 8, op: 'Write' },
    ],
    psi: pressure,
  });
  assert.deepEqual(hugetlb, { '2MB': { failcnt: 0 } });
  assert.equal(Object.values(cpuset).join(), '0,0,0,0,0,0,0,0,0');
});

test('a limit of memory and one of swap are one together', () => {
  const swap = { usage: 1, limit: 20, failures: 0 };
  const memory = { usage: 2, limit: 10, failures: 0, oomKills: 0, inactiveFile: 0, swap, detail: {} };
  assert.match(printed({ memory }, {}), /"swap":\{"limit":30,"usage":3,"failcnt":0\}/);
});

test('a cgroup that has gone', () => {
  const data = JSON.parse(printed({}, {}));
  assert.deepEqual(data.memory.usage, { limit: 0, failcnt: 0 });
  assert.deepEqual([data.pids, data.blkio, data.network_interfaces], [{}, {}, null]);
});
