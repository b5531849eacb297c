import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAPABILITY_NAMES } from '../../spec/index.ts';
import { capabilityName, capabilityNames, capabilityNumber } from './capability-names.ts';
import { DEFAULT_CAPABILITIES, resolveCapabilities } from './resolve-capabilities.ts';

const sorted = (names: readonly string[]) => [...names].sort();
const defaults = sorted(DEFAULT_CAPABILITIES);

test('names and numbers', () => {
  assert.deepEqual(['CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_CHECKPOINT_RESTORE', 'CAP_NONE'].map(capabilityNumber), [
    0,
    21,
    40,
    undefined,
  ]);
  assert.deepEqual([0, 12, 39, 41].map(capabilityName), ['CAP_CHOWN', 'CAP_NET_ADMIN', 'CAP_BPF', undefined]);
  assert.deepEqual(capabilityNames((1n << 40n) | 3n), ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_CHECKPOINT_RESTORE']);
});

test('without a wish, the fourteen of Docker', () => {
  assert.equal(DEFAULT_CAPABILITIES.length, 14);
  assert.deepEqual(sorted(resolveCapabilities({})), defaults);
});

test('names are taken with and without CAP_, in any case', () => {
  const added = resolveCapabilities({ add: ['net_admin', 'CAP_SYS_TIME', ' Cap_Bpf '], drop: ['chown'] });
  const expected = [...defaults.filter((name) => name !== 'CAP_CHOWN'), 'CAP_NET_ADMIN', 'CAP_SYS_TIME', 'CAP_BPF'];
  assert.deepEqual(sorted(added), sorted(expected));
});

test('ALL added, ALL dropped, and both', () => {
  assert.deepEqual(resolveCapabilities({ add: ['ALL'] }), [...CAPABILITY_NAMES]);
  const allButOne = resolveCapabilities({ add: ['all', 'CHOWN'], drop: ['SYS_ADMIN', 'ALL'] });
  assert.deepEqual(
    allButOne,
    CAPABILITY_NAMES.filter((name) => name !== 'CAP_SYS_ADMIN'),
  );
  assert.deepEqual(resolveCapabilities({ drop: ['ALL'] }), []);
  assert.deepEqual(resolveCapabilities({ drop: ['ALL'], add: ['KILL'] }), ['CAP_KILL']);
});

test('what is dropped and added is there; privileged has everything the kernel knows', () => {
  assert.ok(resolveCapabilities({ add: ['CHOWN'], drop: ['CHOWN'] }).includes('CAP_CHOWN'));
  const all = resolveCapabilities({ privileged: true, drop: ['ALL'], last: 37 });
  assert.deepEqual(all, CAPABILITY_NAMES.slice(0, 38));
});

test('an unknown name is refused', () => {
  for (const name of ['SYS_ADMIM', '', 'CAP_ALL', 'CAP_CAP_CHOWN']) {
    assert.throws(() => resolveCapabilities({ drop: [name] }), { kind: 'invalid', code: 'CAPABILITY_UNKNOWN' });
  }
});
