import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeelsonError } from '../../../src/base/index.ts';
import { deviceList } from '../../../src/runtime/devices/device-list.ts';
import { type DeviceException, type DevicePolicy, devicePolicy } from '../../../src/runtime/devices/device-policy.ts';
import { deviceProgram } from '../../../src/runtime/devices/device-program.ts';
import type { DeviceRule } from '../../../src/spec/index.ts';
import { evaluateList, evaluateRules } from './evaluate-rules.ts';
import { type DeviceRequest, runExtended } from './run-extended.ts';

const access = fc.subarray(['r', 'w', 'm']).map((letters) => letters.join(''));

const rule: fc.Arbitrary<DeviceRule> = fc.record({
  allow: fc.boolean(),
  type: fc.constantFrom('a' as const, 'b' as const, 'c' as const, undefined),
  major: fc.constantFrom(undefined, -1, 0, 1, 5),
  minor: fc.constantFrom(undefined, -1, 0, 3, 1048575),
  access: fc.oneof(access, fc.constant(undefined)),
});

const requests: DeviceRequest[] = (['b', 'c'] as const).flatMap((type) =>
  [0, 1, 5, 4095].flatMap((major) =>
    [0, 3, 7, 1048575].flatMap((minor) =>
      ['r', 'w', 'rw', 'm', 'rwm'].map((letters) => ({ type, major, minor, access: letters })),
    ),
  ),
);

test('rules, program and v1 list say the same about every access', () => {
  let compared = 0;
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 8 }), (rules) => {
      const policy = policyOf(rules);
      if (policy === undefined) return;
      compared += 1;
      const program = deviceProgram(policy);
      const list = deviceList(policy);
      for (const request of requests) {
        const verdict = runExtended(program, request) === 1n;
        assert.equal(evaluateList(list, request), verdict, `v1 list: ${JSON.stringify(request)}`);
        const expected = evaluateRules(rules, request);
        // Where wildcards cross, the kernel finds no single exception for the whole access and denies it.
        if (verdict !== expected) assert.ok(expected && cross(policy), `rules: ${JSON.stringify(request)}`);
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(compared > 300, `only ${compared} lists without a hole`);
});

function policyOf(rules: readonly DeviceRule[]): DevicePolicy | undefined {
  try {
    return devicePolicy(rules);
  } catch (error) {
    if (error instanceof KeelsonError && error.code === 'DEVICE_RULE_HOLE') return undefined;
    throw error;
  }
}

function cross({ exceptions }: DevicePolicy): boolean {
  const anyMinor = (exception: DeviceException) => exception.minor === undefined && exception.major !== undefined;
  const anyMajor = (exception: DeviceException) => exception.major === undefined && exception.minor !== undefined;
  return exceptions.some(anyMinor) && exceptions.some(anyMajor);
}
