import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newContainer } from '../spec/index.ts';
import { securityLabels } from './security-labels.ts';

const BOTH = { apparmor: true, selinux: true };
const NONE = { apparmor: false, selinux: false };

function labelsOf(asked: { apparmor?: string; labels?: string[] }, modules = BOTH) {
  const config = newContainer({ image: 'busybox' });
  return securityLabels({ ...config, privileges: { ...config.privileges, ...asked } }, modules);
}

test('a profile and a label where the host has the modules', () => {
  assert.deepEqual(labelsOf({ apparmor: 'web' }), { apparmorProfile: 'web' });
  assert.deepEqual(labelsOf({ labels: ['type:svirt_t', 'level:s0:c1,c2'] }), {
    selinuxLabel: 'system_u:system_r:svirt_t:s0:c1,c2',
  });
});

test('no label is wanted: none, on any host', () => {
  for (const modules of [BOTH, NONE]) {
    assert.deepEqual(labelsOf({}, modules), {});
    assert.deepEqual(labelsOf({ apparmor: 'unconfined', labels: ['disable'] }, modules), {});
  }
});

test('a host without the module says so, and a wrong option is named', () => {
  assert.throws(() => labelsOf({ apparmor: 'web' }, NONE), { code: 'LABEL_UNAVAILABLE', message: /no AppArmor/ });
  assert.throws(() => labelsOf({ labels: ['type:x'] }, NONE), { code: 'LABEL_UNAVAILABLE', message: /no SELinux/ });
  assert.throws(() => labelsOf({ labels: ['colour:red'] }), { code: 'LABEL_INVALID' });
});
