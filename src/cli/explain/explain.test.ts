import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { StepRecord } from '../../spec/index.ts';
import { colors } from '../text/colors.ts';
import { formatTime } from '../text/format-time.ts';
import { explainJson } from './explain-json.ts';
import { explainText } from './explain-text.ts';
import { HEADINGS } from './headings.ts';
import { shortenCall } from './shorten-call.ts';
import { summarise } from './summarise.ts';

const ID = '0123456789ab'.padEnd(64, 'c');

const STEPS: StepRecord[] = [
  {
    process: 'runtime',
    heading: 'Limits (cgroups)',
    title: 'make the pids cgroup',
    call: `mkdirat(AT_FDCWD, "/sys/fs/cgroup/pids/${ID}", 493)`,
    value: -17,
    start: 0,
    duration: 35_100,
  },
  {
    process: 'runtime',
    heading: 'Limits (cgroups)',
    title: 'limit processes',
    because: '--pids-limit',
    call: 'write(7, "10", 2)',
    value: 2,
    start: 40_000,
    duration: 900,
  },
  {
    process: 'init',
    heading: 'Mounts',
    title: 'mount a fresh /proc',
    because: 'mounts[0]',
    call: 'fsopen("proc", FSOPEN_CLOEXEC)',
    value: 5,
    start: 50_000,
    duration: 12_000,
  },
  {
    process: 'init',
    heading: 'Mounts',
    title: 'mount a fresh /proc',
    because: 'mounts[0]',
    call: 'close(5)',
    value: 0,
    start: 62_000,
    duration: 1_000,
  },
  {
    process: 'runtime',
    heading: 'Limits (cgroups)',
    title: 'close what is not needed',
    call: 'close(7)',
    value: 0,
    start: 64_000,
    duration: 1_000_000,
  },
];

const PLAIN = { width: 80, paint: colors({ write: () => undefined }, {}) };

const GOLDEN = `
Limits (cgroups)
  A control group bounds what all processes of the container may use together:
  memory, processor time, number of processes, devices. It is a folder of files
  under /sys/fs/cgroup.
  make the pids cgroup in runtime
    mkdirat(AT_FDCWD, "/sys/fs/cgroup/pids/01…89ab…", 493) = -17 EEXIST  35.1 µs
  limit processes (--pids-limit) in runtime
    write(7, "10", 2) = 2                                                 900 ns

Mounts
  File systems that programs expect and that no image contains: /proc for its
  own processes, /sys, /dev, and what you asked for.
  mount a fresh /proc (mounts[0]) in init                                13.0 µs
    fsopen("proc", FSOPEN_CLOEXEC) = 5                                   12.0 µs
    close(5) = 0                                                         1.00 µs

Limits (cgroups) (continued)
  close what is not needed in runtime
    close(7) = 0                                                         1.00 ms

5 calls in 2 processes, at least 3 round trips in 1.06 ms
                   calls      time
  Limits (cgroups)     3   1.04 ms
  Mounts               2   13.0 µs
`;

describe('explainText', () => {
  test('steps in order under their headings, with reasons and times', () => {
    assert.equal(explainText(STEPS, PLAIN), GOLDEN);
  });

  test('a plan has neither results nor times', () => {
    const plan = STEPS.map(({ process, heading, title, call }) => ({ process, heading, title, call }));
    const text = explainText(plan, PLAIN);
    assert.doesNotMatch(text, / = |[µm]s$/m);
    assert.match(text, /\n5 calls in 2 processes, at least 3 round trips\n/);
  });

  test('a step names the batch of its calls, and a new batch is a step of its own', () => {
    const batches = STEPS.map((step, index) => ({ ...step, batch: index < 3 ? 1 : 2 }));
    const text = explainText(batches, PLAIN);
    assert.match(text, /\n {2}limit processes \(--pids-limit\) in runtime, batch 1\n/);
    assert.match(text, /in init, batch 1\n {4}fsopen.+\n {2}mount a fresh \/proc \(mounts\[0\]\) in init, batch 2\n/);
    assert.match(text, /\n5 calls in 2 processes, 4 round trips in 1.06 ms\n/);
  });

  test('a heading that nobody has described stands without a text', () => {
    const text = explainText([{ process: 'init', heading: 'Tea', title: 'boil water', call: 'boil()' }], PLAIN);
    assert.match(text, /^\nTea\n {2}boil water in init\n {4}boil\(\)\n\n1 call in 1 process, at least 1 round trip\n/);
  });

  test('no line is wider than asked for', () => {
    const call = fc.string({ minLength: 0, maxLength: 300, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 160 }), call, (width, text) => {
        const step = {
          process: 'init',
          heading: 'Mounts',
          title: 'mount',
          call: text,
          value: -22,
          start: 0,
          duration: 5,
        };
        const lines = explainText([step], { ...PLAIN, width }).split('\n');
        return lines.every((line) => line.length <= width);
      }),
    );
  });
});

describe('explainJson', () => {
  test('a line for each step, and the summary', () => {
    const lines = explainJson(STEPS).trimEnd().split('\n');
    assert.deepEqual(
      lines.slice(0, -1).map((line) => JSON.parse(line)),
      STEPS.map((step) => ({ step })),
    );
    assert.deepEqual(JSON.parse(lines.at(-1) ?? ''), { summary: summarise(STEPS) });
  });
});

test('summarise', () => {
  assert.deepEqual(summarise(STEPS), {
    calls: 5,
    processes: 2,
    roundTrips: 3,
    elapsed: 1_064_000,
    headings: [
      { heading: 'Limits (cgroups)', calls: 3, duration: 1_036_000 },
      { heading: 'Mounts', calls: 2, duration: 13_000 },
    ],
  });
  assert.deepEqual(summarise([]), { calls: 0, processes: 0, roundTrips: 0, headings: [] });
});

test('shortenCall leaves the ends, and nothing that could move a cursor', () => {
  assert.equal(shortenCall('write(1, "\x1b[2J")', 40), 'write(1, "·[2J")');
  assert.equal(shortenCall(`open("/a/${ID}/log")`, 60), 'open("/a/0123456789ab…/log")');
  assert.equal(shortenCall('mount("a-very-long-source-indeed", "/target", 493)', 30), 'mount("a-very-long-sou…", 493)');
  assert.equal(shortenCall('x'.repeat(100), 30).length, 30);
});

test('every heading has its text', () => {
  for (const [heading, text] of Object.entries(HEADINGS)) assert.match(text, /^[A-Z/].{60,330}\.$/, heading);
});

for (const [nanoseconds, text] of [
  [0, '0 ns'],
  [999, '999 ns'],
  [1000, '1.00 µs'],
  [999_499, '999 µs'],
  [999_500, '1.00 ms'],
  [2_700_000, '2.70 ms'],
  [1_500_000_000, '1.50 s'],
] as const)
  test(`${nanoseconds} ns is ${text}`, () => assert.equal(formatTime(nanoseconds), text));
