import type { DeviceListWrite } from '../../../src/runtime/devices/device-list.ts';
import type { DeviceRule } from '../../../src/spec/index.ts';
import type { DeviceRequest } from './run-extended.ts';

/** The specification in the plainest way: for each letter of the access, the last rule that covers it counts. */
export function evaluateRules(rules: readonly DeviceRule[], { type, major, minor, access }: DeviceRequest): boolean {
  return [...access].every((letter) => {
    const last = rules.findLast(
      (rule) =>
        (rule.type === undefined || rule.type === 'a' || rule.type === '' || rule.type === type) &&
        (rule.major === undefined || rule.major === -1 || rule.major === major) &&
        (rule.minor === undefined || rule.minor === -1 || rule.minor === minor) &&
        (rule.access === undefined || rule.access === '' || rule.access.includes(letter)),
    );
    return last?.allow ?? false;
  });
}

/** What the v1 controller makes of a list of writes: `devcgroup_update_access` and `devcgroup_legacy_check_permission`. */
export function evaluateList(
  writes: readonly DeviceListWrite[],
  { type, major, minor, access }: DeviceRequest,
): boolean {
  let allowed = true; // of a new cgroup below one that allows all
  let exceptions: RegExpExecArray[] = [];
  for (const { file, line } of writes) {
    const match = /^([abc]) (\d+|\*):(\d+|\*) ([rwm]+)$/.exec(line);
    if (match === null) throw new Error(`the kernel refuses "${line}"`);
    if (match[1] === 'a') {
      allowed = file === 'devices.allow';
      exceptions = [];
    } else if ((file === 'devices.allow') !== allowed) exceptions.push(match);
    else throw new Error('a withdrawal, which policies do not need');
  }
  const about = exceptions.filter(
    ([, kind, first, second]) =>
      kind === type && ['*', String(major)].includes(first ?? '') && ['*', String(minor)].includes(second ?? ''),
  );
  if (allowed) return !about.some(([, , , , letters = '']) => [...access].some((letter) => letters.includes(letter)));
  return about.some(([, , , , letters = '']) => [...access].every((letter) => letters.includes(letter)));
}
