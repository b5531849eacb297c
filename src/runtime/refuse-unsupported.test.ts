import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuntimeSpec } from '../spec/index.ts';
import { refuseUnsupported } from './refuse-unsupported.ts';

const SPEC: RuntimeSpec = { ociVersion: '1.2.0' };

test('fields that are not carried out are refused by name', () => {
  const refused: [Partial<RuntimeSpec>, RegExp][] = [
    [{ linux: { intelRdt: {} } }, /^linux\.intelRdt /],
    [{ linux: { netDevices: { eth1: {} } } }, /^linux\.netDevices /],
    [
      { linux: { seccomp: { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/x.sock' } } },
      /^linux\.seccomp\.listenerPath /,
    ],
  ];
  for (const [change, message] of refused) {
    assert.throws(() => refuseUnsupported({ ...SPEC, ...change }), { code: 'FIELD_UNSUPPORTED', message });
  }
});

test('empty ones are none', () => {
  refuseUnsupported(SPEC);
  refuseUnsupported({ ...SPEC, linux: { netDevices: {} } });
});
