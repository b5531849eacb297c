import { invalid, KeelsonError } from '../../base/index.ts';
import type { DeviceRule } from '../../spec/index.ts';

/** BPF_DEVCG_ACC_* of include/uapi/linux/bpf.h. */
const ACCESS = { m: 1, r: 2, w: 4 } as const;
export const ALL_ACCESS = ACCESS.m | ACCESS.r | ACCESS.w;

/** Devices that are treated otherwise than the rest; a missing number stands for all. */
export interface DeviceException {
  type: 'b' | 'c';
  major: number | undefined;
  minor: number | undefined;
  /** Bits of `ACCESS`. */
  access: number;
}

/**
 * What a cgroup's processes may do with devices, in the form that both cgroup versions can hold: everything or nothing,
 * with exceptions. Where nothing is allowed, an access needs one exception that has all of it; where everything is, an
 * exception that has any of it denies (`security/device_cgroup.c`).
 */
export interface DevicePolicy {
  allowed: boolean;
  exceptions: readonly DeviceException[];
}

/** Device numbers have 12 and 20 bits; and v1 takes 2^32 - 1 for "all", which must not come from a number. */
const LARGEST_MAJOR = 2 ** 12 - 1;
const LARGEST_MINOR = 2 ** 20 - 1;

/**
 * Applies `linux.resources.devices` in order: for each device and access the last rule that covers it counts. Nothing
 * is allowed before the first rule.
 *
 * Unlike runc, a rule of type `a` with numbers or less than full access means just those devices, not all, and a rule
 * about many devices takes back what an earlier one said about some of them.
 *
 * @throws KeelsonError `DEVICE_RULE_INVALID`, or `DEVICE_RULE_HOLE` for a rule that takes away part of what an earlier
 *   exception covers with a wildcard: cgroup v1 ignores that silently, so that the device would stay open
 */
export function devicePolicy(rules: readonly DeviceRule[]): DevicePolicy {
  let allowed = false;
  let exceptions: DeviceException[] = [];
  for (const [index, rule] of rules.entries()) {
    const field = `linux.resources.devices[${index}]`;
    const targets = readTargets(rule, field);
    if (targets === undefined) {
      allowed = rule.allow;
      exceptions = [];
      continue;
    }
    for (const target of targets) {
      exceptions = rule.allow === allowed ? withdraw(exceptions, target, field) : add(exceptions, target);
    }
  }
  return { allowed, exceptions: exceptions.map((exception) => widen(exception, exceptions)) };
}

/** What a rule is about; undefined for all access to all devices. */
function readTargets(rule: DeviceRule, field: string): DeviceException[] | undefined {
  const major = readNumber(rule.major, LARGEST_MAJOR, `${field}.major`);
  const minor = readNumber(rule.minor, LARGEST_MINOR, `${field}.minor`);
  const access = readAccess(rule.access ?? '', `${field}.access`);
  const type = rule.type ?? 'a';
  if (type === 'b' || type === 'c') return [{ type, major, minor, access }];
  if (type !== 'a' && type !== '')
    throw invalid('DEVICE_RULE_INVALID', `${field}.type: "${String(type)}" is not a, b or c`);
  if (major === undefined && minor === undefined && access === ALL_ACCESS) return undefined;
  return [
    { type: 'c', major, minor, access },
    { type: 'b', major, minor, access },
  ];
}

function readNumber(number: number | undefined, largest: number, field: string): number | undefined {
  if (number === undefined || number === -1) return undefined;
  if (Number.isInteger(number) && number >= 0 && number <= largest) return number;
  throw invalid('DEVICE_RULE_INVALID', `${field}: ${number} is not a number from 0 to ${largest}`, 'Use -1 for all.');
}

/** Nothing said means everything. */
function readAccess(letters: string, field: string): number {
  if (letters === '') return ALL_ACCESS;
  let access = 0;
  for (const letter of letters) {
    if (letter !== 'r' && letter !== 'w' && letter !== 'm') {
      throw invalid('DEVICE_RULE_INVALID', `${field}: "${letters}" has more than r, w and m`);
    }
    access |= ACCESS[letter];
  }
  return access;
}

function add(exceptions: readonly DeviceException[], added: DeviceException): DeviceException[] {
  const same = exceptions.find((exception) => covers(exception, added) && covers(added, exception));
  if (same === undefined) return [...exceptions, added];
  return exceptions.map((exception) =>
    exception === same ? { ...same, access: same.access | added.access } : exception,
  );
}

/** Takes the access of `gone` from all exceptions that it covers. */
function withdraw(exceptions: readonly DeviceException[], gone: DeviceException, field: string): DeviceException[] {
  return exceptions.flatMap((exception) => {
    if ((exception.access & gone.access) === 0 || !overlap(exception, gone)) return [exception];
    if (!covers(gone, exception)) throw hole(exception, gone, field);
    const access = exception.access & ~gone.access;
    return access === 0 ? [] : [{ ...exception, access }];
  });
}

/** Adds what a wider exception says about the same devices, since the kernel wants one that has all of an access. */
function widen(exception: DeviceException, exceptions: readonly DeviceException[]): DeviceException {
  const wider = exceptions.filter((other) => covers(other, exception));
  return { ...exception, access: wider.reduce((access, other) => access | other.access, exception.access) };
}

function covers(wide: DeviceException, narrow: DeviceException): boolean {
  const holds = (a: number | undefined, b: number | undefined) => a === undefined || a === b;
  return wide.type === narrow.type && holds(wide.major, narrow.major) && holds(wide.minor, narrow.minor);
}

function overlap(a: DeviceException, b: DeviceException): boolean {
  const meet = (x: number | undefined, y: number | undefined) => x === undefined || y === undefined || x === y;
  return a.type === b.type && meet(a.major, b.major) && meet(a.minor, b.minor);
}

function hole(exception: DeviceException, gone: DeviceException, field: string): KeelsonError {
  const [narrow, wide] = [describeException(gone), describeException(exception)];
  return new KeelsonError('unsupported', `${field}: ${narrow} cuts a hole into the earlier ${wide}`, {
    code: 'DEVICE_RULE_HOLE',
    hint: 'Name the devices one by one instead of by a wildcard.',
  });
}

/** `c 136:* rwm`, as cgroup v1 writes and reads it. */
export function describeException({ type, major, minor, access }: DeviceException): string {
  const letters = (['r', 'w', 'm'] as const).filter((letter) => (access & ACCESS[letter]) !== 0);
  return `${type} ${major ?? '*'}:${minor ?? '*'} ${letters.join('')}`;
}
