import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinuxSeccomp } from '../spec/index.ts';
import { refuseUnsupported } from './refuse-unsupported.ts';

const seccomp: LinuxSeccomp = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
  listenerPath: '/run/x.sock',
};
const spec = { ociVersion: '1.3.0', linux: { seccomp } };

test('a listener for the calls of a program under an init is refused', () => {
  assert.throws(() => refuseUnsupported({ spec, init: true }), {
    code: 'FIELD_UNSUPPORTED',
    message: /^linux\.seccomp\.listenerPath together with an init /,
  });
});

test('what is carried out is not', () => {
  refuseUnsupported({ spec });
  refuseUnsupported({ spec: { ...spec, linux: { seccomp: { ...seccomp, syscalls: [] } } }, init: true });
  refuseUnsupported({ spec: { ociVersion: '1.3.0', hooks: { prestart: [{ path: '/x' }] }, linux: { intelRdt: {} } } });
});
