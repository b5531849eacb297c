import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerCapabilities, readCapabilitySets } from './capability-sets.ts';
import { encodeCapset } from './encode-capset.ts';

const bit = (number: number) => 1n << BigInt(number);

test('the five sets as bits', () => {
  const names = ['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE'];
  const { sets, warnings } = readCapabilitySets({
    bounding: [...names, 'CAP_KILL'],
    permitted: names,
    effective: ['CAP_CHOWN'],
    inheritable: names,
    ambient: ['CAP_CHECKPOINT_RESTORE'],
  });
  assert.deepEqual(warnings, []);
  assert.deepEqual(sets, {
    bounding: bit(0) | bit(5) | bit(40),
    permitted: bit(0) | bit(40),
    effective: bit(0),
    inheritable: bit(0) | bit(40),
    ambient: bit(40),
  });
  assert.deepEqual(readCapabilitySets({}).sets, {
    bounding: 0n,
    permitted: 0n,
    effective: 0n,
    inheritable: 0n,
    ambient: 0n,
  });
});

test('what cannot be granted is left out with a warning', () => {
  const { sets, warnings } = readCapabilitySets(
    {
      bounding: ['CAP_CHOWN', 'CAP_BPF', 'CAP_FLY', 'cap_kill'],
      permitted: ['CAP_CHOWN', 'CAP_KILL'],
      effective: ['CAP_CHOWN', 'CAP_MKNOD'],
      inheritable: ['CAP_CHOWN'],
      ambient: ['CAP_KILL', 'CAP_CHOWN'],
    },
    { last: 37, available: bit(0) | bit(39) | bit(27) },
  );
  assert.deepEqual(warnings, [
    'process.capabilities.bounding: CAP_FLY is not a capability of Linux',
    'process.capabilities.bounding: cap_kill is not a capability of Linux',
    'process.capabilities.bounding: CAP_BPF cannot be granted here',
    'process.capabilities.permitted: CAP_KILL cannot be granted here',
    'process.capabilities.effective: CAP_MKNOD is not in permitted',
    'process.capabilities.ambient: CAP_KILL is not in both permitted and inheritable',
  ]);
  assert.deepEqual(Object.values(sets), [1n, 1n, 1n, 1n, 1n]);
});

test('capset(2) gets version 3 and the sets in two words', () => {
  const { header, data } = encodeCapset({ effective: bit(0), permitted: bit(0) | bit(40), inheritable: bit(31) });
  assert.deepEqual([...header], [0x22, 0x05, 0x08, 0x20, 0, 0, 0, 0]);
  assert.deepEqual([...new Uint32Array(data.buffer)], [1, 1, 0x80000000, 0, 0x100, 0]);
});

test('root has its capabilities, another user the bounding set alone, nobody an inheritable one', () => {
  assert.deepEqual(containerCapabilities(['CAP_KILL'], 0), {
    bounding: ['CAP_KILL'],
    effective: ['CAP_KILL'],
    permitted: ['CAP_KILL'],
  });
  assert.deepEqual(containerCapabilities(['CAP_KILL'], 1000), { bounding: ['CAP_KILL'] });
});
