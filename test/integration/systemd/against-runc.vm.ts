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

/** Several limits at once, since each unit takes its time here; the translation one by one is a unit test. */
const CASES: readonly Case[] = [
  { name: 'without limits' },
  {
    name: 'limits in a slice of slices',
    slice: 'keelson-test-a.slice',
    resources: {
      memory: { limit: 64 * MIB, swap: 96 * MIB, reservation: 32 * MIB },
      cpu: { quota: 25_500, period: 50_000, cpus: '0-1', mems: '0' },
      pids: { limit: 77 },
      devices: [
        { allow: false, access: 'rwm' },
        { allow: true, type: 'c', major: 10, minor: 229, access: 'rwm' },
      ],
    },
  },
  {
    name: 'other limits in the root slice',
    slice: '-.slice',
    resources: { memory: { limit: -1, swap: -1 }, cpu: { quota: 30_000 }, pids: { limit: 1 } },
  },
  {
    name: 'all devices, a period, and annotations',
    resources: { devices: [{ allow: true, access: 'rwm' }], cpu: { period: 200_000 } },
    annotations: {
      'org.systemd.property.TimeoutStopUSec': 'uint64 123456789',
      'org.systemd.property.CollectMode': "'inactive-or-failed'",
      'org.systemd.property.RuntimeMaxSec': '4000',
    },
  },
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

/**
 * Of runc 1.1: its second call leaves files beside the unit, it does not tell memory.oom.group, and it asks /proc/devices
 * for the name of a major number. It leaves out /dev/net/tun, which it has again since 1.2.4.
 */
function withoutIntended({
  DropInPaths: _files,
  NeedDaemonReload: _reload,
  OOMPolicy: _policy,
  DeviceAllow = '',
  ...rest
}: Record<string, string>): Record<string, string> {
  const devices = DeviceAllow.replace('char-pts ', 'char-136 ').split('; ');
  return { ...rest, DeviceAllow: devices.filter((entry) => !entry.startsWith('/dev/char/10:200 ')).join('; ') };
}

function differences(ours: Record<string, string>, theirs: Record<string, string>) {
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  const pairs = [...names].map((name) => [name, { ours: ours[name], theirs: theirs[name] }] as const);
  return Object.fromEntries(pairs.filter(([, pair]) => pair.ours !== pair.theirs));
}

function unitOf(runtime: Runtime, one: Case) {
  const id = `systemd-${process.pid}-${runtime}`;
  containers.bundle(id, changeOf(one, `${runtime}`));
  const { status, log } = containers.create(runtime, id);
  assert.equal(status, 0, `${runtime}: ${log}`);
  try {
    const unit = `${runtime}-one.scope`;
    return {
      policy: propertiesOf(unit).OOMPolicy,
      properties: withoutIntended(compared(unit)),
      files: settingsIn(folderOf(unit)),
    };
  } finally {
    assert.equal(containers.call(runtime, 'delete', '--force', id).status, 0);
  }
}

describe('a unit like that of runc', { concurrency: 1 }, () => {
  for (const one of CASES) {
    test(one.name, () => {
      const [{ policy: _, ...runc }, { policy, ...keelson }] = [unitOf('runc', one), unitOf('keelson', one)];
      assert.ok(Object.keys(runc.properties).length > 50, Object.keys(runc.properties).join());
      assert.ok(Object.keys(runc.files).length > 10, Object.keys(runc.files).join());
      assert.deepEqual(differences(keelson.properties, runc.properties), {});
      assert.deepEqual(differences(keelson.files, runc.files), {});
      assert.equal(policy, one.resources?.unified?.['memory.oom.group'] === '1' ? 'kill' : 'continue');
    });
  }
});
