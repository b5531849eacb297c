/** The units that keelson-runtime has systemd make are those that runc has it make, and so are the cgroups below. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Resources, RuntimeSpec } from '../../../src/spec/index.ts';
import {
  type Change,
  folderOf,
  propertiesOf,
  type Runtime,
  SystemdContainers,
  settingsIn,
  withCgroup,
} from './systemd-containers.ts';

const containers = new SystemdContainers();
after(() => containers[Symbol.asyncDispose]());

const MIB = 2 ** 20;

interface Case {
  name: string;
  slice?: string;
  resources?: Resources;
  annotations?: RuntimeSpec['annotations'];
}

const CASES: readonly Case[] = [
  { name: 'nothing' },
  { name: 'a slice of slices', slice: 'keelson-test-a.slice' },
  { name: 'the root slice', slice: '-.slice' },
  { name: 'memory', resources: { memory: { limit: 64 * MIB, swap: 96 * MIB, reservation: 32 * MIB } } },
  { name: 'unlimited memory', resources: { memory: { limit: -1, swap: -1 } } },
  { name: 'quota and period', resources: { cpu: { quota: 25_500, period: 50_000 } } },
  { name: 'quota', resources: { cpu: { quota: 30_000 } } },
  { name: 'period', resources: { cpu: { period: 200_000 } } },
  { name: 'processors and nodes', resources: { cpu: { cpus: '0-1', mems: '0' } } },
  { name: 'tasks', resources: { pids: { limit: 77 } } },
  { name: 'one task', resources: { pids: { limit: 1 } } },
  { name: 'idle', resources: { cpu: { idle: 1 } } },
  {
    name: 'devices',
    resources: {
      devices: [
        { allow: false, access: 'rwm' },
        { allow: true, type: 'c', major: 10, minor: 229, access: 'rwm' },
        { allow: true, type: 'b', major: 8, access: 'r' },
      ],
    },
  },
  { name: 'all devices', resources: { devices: [{ allow: true, access: 'rwm' }] } },
  {
    name: 'files of cgroup v2',
    resources: {
      unified: {
        'memory.high': '50331648',
        'memory.min': '1048576',
        'memory.oom.group': '1',
        'cpu.max': '20000 100000',
        'cpu.weight': '321',
        'cpuset.cpus': '1',
        'pids.max': 'max',
      },
    },
  },
  {
    name: 'annotations',
    annotations: {
      'org.systemd.property.TimeoutStopUSec': 'uint64 123456789',
      'org.systemd.property.CollectMode': "'inactive-or-failed'",
      'org.systemd.property.RuntimeMaxSec': '4000',
    },
  },
];

/** Counters, times, and names that are of the one unit. */
const OWN =
  /^(.*Timestamp(Monotonic)?|InvocationID|ControlGroupId|.*(NSec|Current|Bytes|Operations|Available)|CPUUsage.*|Effective.*)$/;

function compared(unit: string): Record<string, string> {
  const all = Object.entries(propertiesOf(unit)).filter(([name]) => !OWN.test(name));
  return Object.fromEntries(
    all.map(([name, value]) => [name, value.replaceAll(/runc|keelson(?!-test)|libcontainer/g, 'RUNTIME')]),
  );
}

const changeOf =
  ({ slice = '', resources, annotations }: Case, name: string): Change =>
  (spec) =>
    withCgroup(
      `${slice}:${name}:one`,
      resources ? { resources } : {},
    )({ ...spec, ...(annotations ? { annotations } : {}) });

/** What differs on purpose. */
function withoutIntended(properties: Record<string, string>, { resources }: Case): Record<string, string> {
  const { DropInPaths: _files, CPUWeight, ...rest } = properties;
  // runc before 1.3.2 makes another weight of shares.
  return resources?.cpu?.shares ? rest : { ...rest, ...(CPUWeight === undefined ? {} : { CPUWeight }) };
}

function unitOf(runtime: Runtime, one: Case) {
  const id = `systemd-${process.pid}-${runtime}`;
  containers.bundle(id, changeOf(one, `${runtime}`));
  const { status, log } = containers.create(runtime, id);
  assert.equal(status, 0, `${runtime}: ${log}`);
  try {
    const unit = `${runtime}-one.scope`;
    return { properties: withoutIntended(compared(unit), one), files: settingsIn(folderOf(unit)) };
  } finally {
    assert.equal(containers.call(runtime, 'delete', '--force', id).status, 0);
  }
}

describe('a unit like that of runc', { concurrency: 1 }, () => {
  for (const one of CASES) {
    test(one.name, () => {
      const [runc, keelson] = [unitOf('runc', one), unitOf('keelson', one)];
      assert.ok(Object.keys(runc.properties).length > 100 && Object.keys(runc.files).length > 10);
      assert.deepEqual(keelson, runc);
    });
  }
});
