import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_DEVICE_RULES } from '../../../src/runtime/devices/default-device-rules.ts';
import { deviceList } from '../../../src/runtime/devices/device-list.ts';
import { devicePolicy } from '../../../src/runtime/devices/device-policy.ts';
import { deviceProgram } from '../../../src/runtime/devices/device-program.ts';
import type { DeviceRule } from '../../../src/spec/index.ts';

const isRoot = { skip: process.getuid?.() === 0 ? false : 'device cgroups are for root' };

/** Where a hierarchy with the devices controller, and the unified one, are mounted; undefined when the host has none. */
function hierarchy(kind: 'cgroup' | 'cgroup2'): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const mount = mounts
    .map((line) => line.split(' '))
    .find(
      ([, , type, options = '']) => type === kind && (kind === 'cgroup2' || options.split(',').includes('devices')),
    );
  return mount?.[1];
}

interface Probe extends Disposable {
  v1?: (rules: readonly DeviceRule[], uses: readonly string[]) => number[];
  v2?: (rules: readonly DeviceRule[], uses: readonly string[]) => number[];
}

/** Ways to put a process under rules and let it use devices. */
function buildProbe(): Probe {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-devices-'));
  const program = join(folder, 'device-probe');
  execFileSync('cc', ['-O1', '-Wall', '-o', program, new URL('device-probe.c', import.meta.url).pathname]);
  const run = (cgroup: string, file: string, uses: readonly string[]): number[] => {
    try {
      return execFileSync(program, [cgroup, file, ...uses], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map(Number);
    } finally {
      rmdirSync(cgroup);
    }
  };
  const newCgroup = (root: string) => {
    const cgroup = join(root, `keelson-device-test-${process.pid}`);
    mkdirSync(cgroup);
    return cgroup;
  };
  // no-mount-below: made by mkdtemp just now, and holds two files.
  const probe: Probe = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  const [v1, v2] = [hierarchy('cgroup'), hierarchy('cgroup2')];
  if (v1 !== undefined) {
    probe.v1 = (rules, uses) => {
      const cgroup = newCgroup(v1);
      for (const { file, line } of deviceList(devicePolicy(rules))) writeFileSync(join(cgroup, file), line);
      return run(cgroup, '-', uses);
    };
  }
  if (v2 !== undefined) {
    probe.v2 = (rules, uses) => {
      const file = join(folder, 'program');
      writeFileSync(file, deviceProgram(devicePolicy(rules)));
      return run(newCgroup(v2), file, uses);
    };
  }
  return probe;
}

const no = -constants.errno.EPERM;

const cases: { name: string; rules: DeviceRule[]; uses: Record<string, number> }[] = [
  {
    name: 'the default rules: harmless devices and nodes of any, nothing else',
    rules: [{ allow: false, access: 'rwm' }, ...DEFAULT_DEVICE_RULES],
    uses: {
      '/dev/null:rw': 0,
      '/dev/zero:r': 0,
      '/dev/urandom:r': 0,
      '/dev/kmsg:r': no,
      '/dev/kmsg:w': no,
      '/dev/kmsg:m': 0,
      '/dev/null:m': 0,
    },
  },
  {
    name: 'part of the access',
    rules: [
      { allow: true, type: 'c', major: 1, minor: 3, access: 'r' },
      { allow: true, type: 'c', major: 1, minor: 5, access: 'w' },
    ],
    uses: {
      '/dev/null:r': 0,
      '/dev/null:w': no,
      '/dev/null:rw': no,
      '/dev/null:m': no,
      '/dev/zero:w': 0,
      '/dev/zero:r': no,
    },
  },
  {
    name: 'everything but',
    rules: [{ allow: true }, { allow: false, type: 'c', major: 1, minor: 3, access: 'w' }],
    uses: {
      '/dev/null:r': 0,
      '/dev/null:w': no,
      '/dev/null:rw': no,
      '/dev/null:m': 0,
      '/dev/zero:rw': 0,
      '/dev/kmsg:r': 0,
    },
  },
  {
    name: 'access of two rules together, one of them a wildcard',
    rules: [
      { allow: true, type: 'c', major: 1, access: 'w' },
      { allow: true, type: 'c', major: 1, minor: 5, access: 'r' },
    ],
    uses: { '/dev/zero:rw': 0, '/dev/null:w': 0, '/dev/null:r': no, '/dev/null:rw': no },
  },
];

test('the kernel decides as the rules say, on cgroup v1 and v2 alike', isRoot, (context) => {
  using probe = buildProbe();
  const ways = [probe.v1, probe.v2].filter((way) => way !== undefined);
  assert.ok(ways.length > 0, 'no cgroup hierarchy that decides about devices');
  context.diagnostic(`v1: ${probe.v1 !== undefined}, v2: ${probe.v2 !== undefined}`);
  for (const { name, rules, uses } of cases) {
    const known = Object.entries(uses).filter(([use]) => existsSync(use.split(':')[0] ?? ''));
    const names = known.map(([use]) => use);
    const expected = known.map(([, result]) => result);
    for (const way of ways) assert.deepEqual(way(rules, names), expected, `${name}: ${names.join(' ')}`);
  }
});
