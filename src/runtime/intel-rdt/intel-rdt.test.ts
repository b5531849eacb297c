import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RecordingKernel, showCall } from '../../kernel/index.ts';
import type { IntelRdt } from '../../spec/index.ts';
import { enterRdt } from './enter-rdt.ts';
import { planRdt, type RdtHost } from './plan-rdt.ts';
import { removeRdtGroups } from './rdt-host.ts';

/** A host with resctrl and one class of service, `gold`. */
const HOST: RdtHost = {
  mountPoint: '/sys/fs/resctrl',
  exists: (path) => ['/sys/fs/resctrl', '/sys/fs/resctrl/gold'].includes(path.replace(/\/$/, '')),
  read: () => '    L3:0=00f;1=fff\n    MB:0= 20;1=100\n',
};

const plan = (intelRdt: IntelRdt, host = HOST) =>
  planRdt({ id: 'box', spec: { ociVersion: '1.3.0', linux: { intelRdt } } }, host);

test('without a class the container gets one of its own name, with or without lines', () => {
  assert.deepEqual(plan({}), {
    folder: '/sys/fs/resctrl/box',
    monitor: undefined,
    created: ['/sys/fs/resctrl/box'],
    schemata: [],
  });
  assert.deepEqual(plan({ memBwSchema: 'MB:0=20', l3CacheSchema: 'L3:0=f', schemata: ['L2:0=3'] })?.schemata, [
    'L3:0=f',
    'MB:0=20',
    'L2:0=3',
  ]);
  assert.equal(planRdt({ id: 'box', spec: { ociVersion: '1.3.0' } }, HOST), undefined);
});

test('a class that is there is taken as it is, and not removed afterwards', () => {
  const taken = { folder: '/sys/fs/resctrl/gold', monitor: undefined, created: [], schemata: [] };
  assert.deepEqual(plan({ closID: 'gold' }), taken);
  assert.deepEqual(plan({ closID: 'gold', l3CacheSchema: 'L3:0=F;1=0fff', memBwSchema: 'MB:1=100' }), taken);
  assert.equal(plan({ closID: '/' })?.folder, '/sys/fs/resctrl/');
  assert.deepEqual(plan({ closID: '/' })?.created, []);
});

test('what cannot be is told before anything is made', () => {
  assert.throws(() => plan({}, { ...HOST, mountPoint: undefined }), { code: 'INTEL_RDT', kind: 'unsupported' });
  assert.throws(() => plan({ closID: 'silver' }), { code: 'INTEL_RDT_CLASS', message: /silver/ });
  assert.throws(() => plan({ closID: 'gold', l3CacheSchema: 'L3:0=ff' }), {
    code: 'INTEL_RDT_SCHEMATA',
    message: /does not have L3:0=ff$/,
  });
});

test('the calls: groups, lines, then the process', async () => {
  const kernel = new RecordingKernel();
  const made = plan({ closID: 'silver', l3CacheSchema: 'L3:0=f', enableMonitoring: true });
  assert.ok(made);
  enterRdt(kernel, made, 42);
  await kernel.flush();
  const calls = kernel.calls.filter(({ name }) => name !== 'close').map(showCall);
  assert.deepEqual(
    calls.map((call) => call.replace(/\(\d+, /, '(FD, ')),
    [
      'mkdirat(AT_FDCWD, "/sys/fs/resctrl/silver", 493)',
      'mkdirat(AT_FDCWD, "/sys/fs/resctrl/silver/mon_groups/box", 493)',
      'openat(AT_FDCWD, "/sys/fs/resctrl/silver/schemata", O_WRONLY|O_CLOEXEC)',
      'write(FD, "L3:0=f\\n", 7)',
      'openat(AT_FDCWD, "/sys/fs/resctrl/silver/tasks", O_WRONLY|O_CLOEXEC)',
      'write(FD, "42", 2)',
      'openat(AT_FDCWD, "/sys/fs/resctrl/silver/mon_groups/box/tasks", O_WRONLY|O_CLOEXEC)',
      'write(FD, "42", 2)',
    ],
  );
});

test('groups are removed innermost first, also when some have gone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-rdt-'));
  const [outer, inner] = [join(folder, 'outer'), join(folder, 'outer/inner')];
  mkdirSync(inner, { recursive: true });
  removeRdtGroups([outer, inner, join(inner, 'gone')]);
  assert.equal(existsSync(outer), false);
  // no-mount-below: made by mkdtemp just now
  rmSync(folder, { recursive: true });
});
