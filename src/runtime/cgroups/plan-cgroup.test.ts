import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Resources } from '../../spec/index.ts';
import { type Cgroup, hierarchyTitle, locateCgroup } from './cgroup.ts';
import type { CgroupFacts, FolderFacts } from './cgroup-facts.ts';
import type { CgroupStep } from './cgroup-plan.ts';
import * as hosts from './example-hosts.ts';
import { parseCgroupLayout } from './parse-cgroup-layout.ts';
import { type PlanRequest, planCgroup } from './plan-cgroup.ts';

const cgroupOn = (host: hosts.ExampleHost) => locateCgroup(parseCgroupLayout(hosts.sourcesOf(host)), '/k/a');

interface Given {
  host: hosts.ExampleHost;
  resources?: Resources;
  /** What is different from a host on which `/k` is there and `/k/a` is not. */
  folder?: Partial<FolderFacts>;
  facts?: Partial<CgroupFacts>;
  request?: Partial<PlanRequest>;
}

function plan({ host, resources = {}, folder = {}, facts = {}, request = {} }: Given) {
  const cgroup = cgroupOn(host);
  const usual = { exists: false, occupied: false, missing: [], writable: true, ...folder };
  return planCgroup({
    cgroup,
    facts: {
      folders: new Map(cgroup.folders.map(({ path }) => [path, usual])),
      cpuset: { cpus: '0-7', mems: '0-1', empty: [] },
      unified: { disabled: [], threaded: false },
      swap: true,
      ioCost: true,
      ...facts,
    },
    resources,
    ...request,
  });
}

function shown(steps: readonly CgroupStep[]): string[] {
  return steps.map((step) => {
    const path = step.path.replace('/sys/fs/cgroup', '');
    if (step.do === 'write') return `${path}/${step.setting.file} = ${step.setting.values.join(';')}`;
    return `${step.do} ${path}${step.do === 'make' && step.shared ? ' if missing' : ''}`;
  });
}

const titles = ({ folders }: Cgroup) => folders.map(hierarchyTitle);

test('v1: a folder in each hierarchy, and a cpuset that can be entered', () => {
  const { steps, cgroup, warnings } = plan({ host: hosts.HYBRID, resources: { pids: { limit: 5 } } });
  assert.deepEqual(shown(steps), [
    'make /unified/k/a',
    'make /systemd/k/a',
    'make /cpu,cpuacct/k/a',
    'make /devices/k/a',
    'make /pids/k/a',
    'make /cpuset/k/a',
    '/cpuset/k/a/cpuset.cpus = 0-7',
    '/cpuset/k/a/cpuset.mems = 0-1',
    'make /blkio/k/a',
    'make /freezer/k/a',
    'make /memory/k/a',
    '/pids/k/a/pids.max = 5',
  ]);
  assert.equal(cgroup.folders.length, 9);
  assert.deepEqual(warnings, []);
});

test('v1: a cpuset gets what was asked for, and the rest from above; folders above are filled first', () => {
  const { steps } = plan({
    host: hosts.V1,
    resources: { cpu: { cpus: '1' } },
    folder: { missing: ['/sys/fs/cgroup/cpuset/k'] },
    facts: { cpuset: { cpus: '0-3', mems: '0', empty: ['/sys/fs/cgroup/cpuset/above'] } },
  });
  const lines = shown(steps);
  const first = lines.indexOf('/cpuset/above/cpuset.cpus = 0-3');
  assert.deepEqual(lines.slice(first - 1, first + 6), [
    'make /cpuset/k if missing',
    '/cpuset/above/cpuset.cpus = 0-3',
    '/cpuset/above/cpuset.mems = 0',
    '/cpuset/k/cpuset.cpus = 0-3',
    '/cpuset/k/cpuset.mems = 0',
    'make /cpuset/k/a',
    '/cpuset/k/a/cpuset.mems = 0',
  ]);
  assert.equal(lines.at(-1), '/cpuset/k/a/cpuset.cpus = 1');
});

test('v1: what a cpuset that is there already has is kept', () => {
  const own = { cpus: '2', mems: '' };
  const facts = { cpuset: { cpus: '0-3', mems: '0', own, empty: [] } };
  const { steps } = plan({ host: hosts.HYBRID, folder: { exists: true }, facts });
  assert.deepEqual(
    shown(steps).filter((line) => line.includes('cpuset/')),
    ['make /cpuset/k/a if missing', '/cpuset/k/a/cpuset.mems = 0'],
  );
});

describe('controllers on the way to a v2 folder', () => {
  const disabled = [
    { path: '/sys/fs/cgroup', controllers: ['io', 'hugetlb'], writable: true },
    { path: '/sys/fs/cgroup/k', controllers: ['memory'], writable: true },
  ];

  test('are enabled one by one, each of which may fail, on a host with v2 alone', () => {
    const { steps } = plan({ host: hosts.V2, facts: { unified: { disabled, threaded: false } } });
    assert.deepEqual(shown(steps), [
      '/cgroup.subtree_control = +io',
      '/cgroup.subtree_control = +hugetlb',
      '/k/cgroup.subtree_control = +memory',
      'make /k/a',
    ]);
    assert.ok(steps.every((step) => step.do !== 'write' || step.setting.allow === 'any'));
  });

  test('are enabled beside v1 only where a limit needs them', () => {
    const host = { ...hosts.HYBRID, controllers: 'hugetlb io' };
    const facts = { unified: { disabled, threaded: false } };
    assert.equal(shown(plan({ host, facts }).steps).filter((l) => l.includes('subtree')).length, 0);
    const resources = { hugepageLimits: [{ pageSize: '2MB', limit: 0 }] };
    const lines = shown(plan({ host, facts, resources }).steps);
    assert.deepEqual(
      lines.filter((line) => line.includes('+') || line.includes('hugetlb.')),
      [
        '/cgroup.subtree_control = +hugetlb',
        '/unified/k/a/hugetlb.2MB.max = 0',
        '/unified/k/a/hugetlb.2MB.rsvd.max = 0',
      ],
    );
  });

  test('are left as whoever gave us this part of the tree has them, and their limits have no effect or are refused', () => {
    const given = disabled.map((folder) => ({ ...folder, writable: folder.path.endsWith('/k') }));
    const facts = { unified: { disabled: given, threaded: false } };
    const resources = { blockIO: { weight: 10 }, memory: { limit: 1 } };
    const { steps, warnings } = plan({ host: hosts.V2, facts, resources, request: { missing: 'warn' } });
    assert.deepEqual(shown(steps), ['/k/cgroup.subtree_control = +memory', 'make /k/a', '/k/a/memory.max = 1']);
    assert.deepEqual(warnings, [
      { because: 'linux.resources.blockIO.weight', message: 'has no effect: there is no io cgroup controller' },
    ]);
    assert.throws(() => plan({ host: hosts.V2, facts, resources }), { code: 'CGROUP_CONTROLLER' });
  });

  test('cannot be those of memory in a threaded part of the tree', () => {
    const facts = { unified: { disabled: [], threaded: true } };
    assert.throws(() => plan({ host: hosts.V2, facts, resources: { memory: { limit: 1 } } }), {
      kind: 'unsupported',
      code: 'CGROUP_THREADED',
    });
    assert.doesNotThrow(() => plan({ host: hosts.V2, facts, resources: { pids: { limit: 1 }, cpu: { shares: 2 } } }));
  });
});

describe('a folder that we may not make', () => {
  const folder = { writable: false };

  test('is refused with a way out', () => {
    assert.throws(() => plan({ host: hosts.V2, folder }), { kind: 'denied', code: 'CGROUP_DENIED' });
  });

  test('is done without where the caller can, and so are its limits', () => {
    const request = { missing: 'warn' as const, because: { 'linux.resources.pids.limit': '--pids-limit' } };
    const { steps, cgroup, warnings } = plan({ host: hosts.V2, folder, resources: { pids: { limit: 1 } }, request });
    assert.deepEqual([steps, cgroup.folders], [[], []]);
    assert.deepEqual(
      warnings.map(({ because }) => because),
      ['linux.cgroupsPath', '--pids-limit'],
    );
  });
});

test('a cgroup with processes of somebody else is refused', () => {
  const folder = { exists: true, occupied: true };
  assert.throws(() => plan({ host: hosts.V2, folder }), { kind: 'conflict', code: 'CGROUP_OCCUPIED' });
});

test('without what no limit needs, there are fewer hierarchies', () => {
  const request = { join: 'needed' as const };
  const usual = ['systemd', 'memory', 'freezer', 'cpuacct,cpu', 'blkio', 'pids', 'devices'];
  assert.deepEqual(titles(plan({ host: hosts.V1, request }).cgroup), usual);
  const resources = { cpu: { cpus: '0' }, network: { classID: 5 } };
  assert.deepEqual(titles(plan({ host: hosts.V1, request, resources }).cgroup).toSorted(), [
    ...['blkio', 'cpuacct,cpu', 'cpuset', 'devices', 'freezer', 'memory', 'net_prio,net_cls', 'pids', 'systemd'],
  ]);
});

test('a host without cgroups: no folder, and no error unless there is a limit', () => {
  const host = { mountinfo: '', ownCgroups: '', controllers: '' };
  assert.deepEqual(plan({ host }).steps, []);
  assert.throws(() => plan({ host, resources: { memory: { limit: 1 } } }), { code: 'CGROUP_CONTROLLER' });
});
