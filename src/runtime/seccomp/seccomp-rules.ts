import { KeelsonError } from '../../base/index.ts';
import type { LinuxSeccomp, LinuxSeccompArgument, LinuxSyscallRule, SeccompOperator } from '../../spec/index.ts';
import type { Condition } from './argument-condition.ts';
import { isSeccompAction, returnValue } from './seccomp-action.ts';

/** A rule of a profile, checked: the calls, and what they get when one of `alternatives` holds completely. */
export interface SeccompRule {
  names: readonly string[];
  /** SECCOMP_RET_* with its data. */
  action: number;
  /** Never empty; an empty alternative always holds. */
  alternatives: readonly (readonly Condition[])[];
}

const OPERATORS: Record<SeccompOperator, true> = {
  SCMP_CMP_NE: true,
  SCMP_CMP_LT: true,
  SCMP_CMP_LE: true,
  SCMP_CMP_EQ: true,
  SCMP_CMP_GE: true,
  SCMP_CMP_GT: true,
  SCMP_CMP_MASKED_EQ: true,
};

const ARGUMENTS = 6;
const LARGEST = 2n ** 64n - 1n;

/**
 * Checks the rules of a profile.
 *
 * @throws KeelsonError `SECCOMP_PROFILE_INVALID`, naming the field
 */
export function readSeccompRules(profile: LinuxSeccomp): SeccompRule[] {
  return (profile.syscalls ?? []).map((rule, index) => readRule(rule, `seccomp.syscalls[${index}]`));
}

/** An error about one field of a profile. */
export function invalidProfile(field: string, problem: string, hint?: string): KeelsonError {
  return new KeelsonError('invalid', `${field}: ${problem}`, { code: 'SECCOMP_PROFILE_INVALID', hint });
}

function readRule(rule: LinuxSyscallRule, field: string): SeccompRule {
  if (!Array.isArray(rule.names) || rule.names.length === 0) {
    throw invalidProfile(`${field}.names`, 'must hold at least one system call');
  }
  const nameless = rule.names.findIndex((name) => typeof name !== 'string' || name === '');
  if (nameless >= 0) throw invalidProfile(`${field}.names[${nameless}]`, 'must be a name');
  if (!isSeccompAction(rule.action)) throw invalidProfile(`${field}.action`, `unknown action ${show(rule.action)}`);
  // runc and the agent alike still have to write to their channel after the filter is in place, before anybody listens.
  if (rule.action === 'SCMP_ACT_NOTIFY' && rule.names.includes('write')) {
    throw invalidProfile(`${field}.names`, 'SCMP_ACT_NOTIFY cannot be used for write');
  }
  const conditions = (rule.args ?? []).map((argument, index) => readCondition(argument, `${field}.args[${index}]`));
  return {
    names: rule.names,
    action: returnValue(rule.action, rule.errnoRet, `${field}.errnoRet`),
    alternatives: alternatives(conditions),
  };
}

/**
 * All conditions must hold together, except that two about the same argument make every one of them enough: libseccomp
 * cannot express the former, and runc and crun have always read it so
 * (https://github.com/opencontainers/runc/issues/2735).
 */
function alternatives(conditions: readonly Condition[]): Condition[][] {
  const indexes = new Set(conditions.map(({ index }) => index));
  const groups = indexes.size < conditions.length ? conditions.map((condition) => [condition]) : [[...conditions]];
  return groups.map((group) => group.filter((condition) => !alwaysHolds(condition)));
}

function alwaysHolds({ operator, mask }: Condition): boolean {
  return operator === 'SCMP_CMP_MASKED_EQ' && mask === 0n;
}

/** Do conditions about one argument stand side by side, so that any of them is enough? */
export function hasRepeatedArgument(rule: LinuxSyscallRule): boolean {
  const indexes = (rule.args ?? []).map(({ index }) => index);
  return new Set(indexes).size < indexes.length;
}

function readCondition(argument: LinuxSeccompArgument, field: string): Condition {
  const { index, op } = argument;
  if (!Number.isInteger(index) || index < 0 || index >= ARGUMENTS) {
    throw invalidProfile(`${field}.index`, `${show(index)} is not a number from 0 to ${ARGUMENTS - 1}`);
  }
  if (!Object.hasOwn(OPERATORS, op)) throw invalidProfile(`${field}.op`, `unknown operator ${show(op)}`);
  const first = readValue(argument.value, `${field}.value`);
  if (op !== 'SCMP_CMP_MASKED_EQ') return { index, operator: op, value: first, mask: LARGEST };
  return { index, operator: op, value: readValue(argument.valueTwo ?? 0, `${field}.valueTwo`), mask: first };
}

function readValue(value: unknown, field: string): bigint {
  if (typeof value === 'bigint' && value >= 0n && value <= LARGEST) return value;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    if (Number.isSafeInteger(value)) return BigInt(value);
    throw invalidProfile(field, `${value} has lost digits on its way`, 'Pass numbers above 2^53 - 1 as bigint.');
  }
  throw invalidProfile(field, `${show(value)} is not an unsigned 64-bit integer`);
}

function show(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : String(value);
}
