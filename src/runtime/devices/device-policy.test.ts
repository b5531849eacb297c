import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceRule } from '../../spec/index.ts';
import { DEFAULT_DEVICE_RULES } from './default-device-rules.ts';
import { deviceList } from './device-list.ts';
import { devicePolicy } from './device-policy.ts';
import { deviceProgram } from './device-program.ts';

const lines = (...rules: DeviceRule[]) => deviceList(devicePolicy(rules)).map(({ file, line }) => `${file} ${line}`);
const allow = (type: 'a' | 'b' | 'c', rest: Partial<DeviceRule> = {}): DeviceRule => ({ allow: true, type, ...rest });
const deny = (type: 'a' | 'b' | 'c', rest: Partial<DeviceRule> = {}): DeviceRule => ({ allow: false, type, ...rest });

test('the default rules are those that runc leaves in devices.list', () => {
  assert.deepEqual(lines({ allow: false, access: 'rwm' }, ...DEFAULT_DEVICE_RULES), [
    'devices.deny a *:* rwm',
    'devices.allow c *:* m',
    'devices.allow b *:* m',
    'devices.allow c 1:3 rwm',
    'devices.allow c 1:5 rwm',
    'devices.allow c 1:7 rwm',
    'devices.allow c 1:8 rwm',
    'devices.allow c 1:9 rwm',
    'devices.allow c 5:0 rwm',
    'devices.allow c 5:2 rwm',
    'devices.allow c 136:* rwm',
    'devices.allow c 10:200 rwm',
  ]);
});

test('nothing is allowed before the first rule, everything after a rule for everything', () => {
  assert.deepEqual(lines(), ['devices.deny a *:* rwm']);
  assert.deepEqual(lines(allow('c', { major: 1 }), { allow: true, access: 'rwm' }), ['devices.allow a *:* rwm']);
  assert.deepEqual(lines(allow('a'), deny('c', { major: 1, minor: 3, access: 'w' })), [
    'devices.allow a *:* rwm',
    'devices.deny c 1:3 w',
  ]);
});

test('a rule for all types with numbers or part of the access is not a rule for everything', () => {
  assert.deepEqual(lines(allow('a', { major: 10, minor: 200 })), [
    'devices.deny a *:* rwm',
    'devices.allow c 10:200 rwm',
    'devices.allow b 10:200 rwm',
  ]);
});

test('a later rule takes back what it covers', () => {
  const numbers = { major: 8, minor: 1 };
  assert.deepEqual(lines(allow('b', numbers), deny('b', { ...numbers, access: 'wm' })).slice(1), [
    'devices.allow b 8:1 r',
  ]);
  assert.deepEqual(lines(allow('b', numbers), deny('b', { access: 'rw' })).slice(1), ['devices.allow b 8:1 m']);
  assert.deepEqual(lines(allow('b', numbers), deny('b', numbers)).slice(1), []);
  assert.deepEqual(lines(allow('b', { access: 'w' }), allow('b', { ...numbers, access: 'r' })).slice(1), [
    'devices.allow b *:* w',
    'devices.allow b 8:1 rw',
  ]);
});

test('a hole in a wildcard is refused, for v1 would leave the device open', () => {
  assert.throws(() => devicePolicy([allow('c', { major: 1 }), deny('c', { major: 1, minor: 1 })]), {
    kind: 'unsupported',
    code: 'DEVICE_RULE_HOLE',
    message: 'linux.resources.devices[1]: c 1:1 rwm cuts a hole into the earlier c 1:* rwm',
  });
  assert.throws(() => devicePolicy([allow('a'), deny('c', { major: 1 }), allow('c', { minor: 3 })]), {
    code: 'DEVICE_RULE_HOLE',
  });
  assert.doesNotThrow(() => devicePolicy([allow('c', { access: 'm' }), deny('c', { major: 1, access: 'rw' })]));
});

test('a wrong field is named', () => {
  const wrong: [RegExp, DeviceRule][] = [
    [/devices\[0\]\.major: 4294967295 is not/, allow('c', { major: 2 ** 32 - 1 })],
    [/devices\[0\]\.minor: 1048576 is not/, allow('c', { minor: 2 ** 20 })],
    [/devices\[0\]\.major: 1\.5 is not/, allow('c', { major: 1.5 })],
    [/devices\[0\]\.access: "rx" has/, allow('c', { access: 'rx' })],
  ];
  for (const [message, rule] of wrong)
    assert.throws(() => devicePolicy([rule]), { code: 'DEVICE_RULE_INVALID', message });
});

test('the program has the layout of struct bpf_insn', () => {
  const program = deviceProgram(devicePolicy([allow('c', { major: 1, minor: 3, access: 'rw' })]));
  const words = Array.from({ length: program.length / 8 }, (_, index) =>
    Buffer.from(program.subarray(index * 8, index * 8 + 8)).toString('hex'),
  );
  assert.deepEqual(words, [
    '6112000000000000', // r2 = *(u32 *)(r1 + 0)
    'bc23000000000000', // w3 = w2
    '54020000ffff0000', // w2 &= 0xffff
    '7403000010000000', // w3 >>= 16
    '6114040000000000', // r4 = *(u32 *)(r1 + 4)
    '6115080000000000', // r5 = *(u32 *)(r1 + 8)
    '5502050002000000', // if r2 != 2 goto +5
    '5504040001000000', // if r4 != 1 goto +4
    '5505030003000000', // if r5 != 3 goto +3
    '4503020001000000', // if r3 & 1 goto +2
    'b700000001000000', // r0 = 1
    '9500000000000000', // exit
    'b700000000000000', // r0 = 0
    '9500000000000000', // exit
  ]);
});
