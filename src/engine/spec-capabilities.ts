import { invalid } from '../base/index.ts';
import type { Capabilities, PrivilegeConfig } from '../spec/index.ts';
import { CAPABILITY_NAMES, DEFAULT_CAPABILITIES } from '../spec/index.ts';

/**
 * The capabilities of `--cap-add`, `--cap-drop` and `--privileged`, as Docker resolves them: names in any case, with or
 * without CAP_, and ALL. Added ones win over dropped ones.
 * @throws KeelsonError `CAPABILITY_UNKNOWN`
 */
export function resolveCapabilities(privileges: PrivilegeConfig): string[] {
  if (privileges.privileged) return [...CAPABILITY_NAMES];
  const add = privileges.capAdd.map(fullName);
  const drop = privileges.capDrop.map(fullName);
  if (add.includes('ALL')) return CAPABILITY_NAMES.filter((name) => !drop.includes(name));
  const base = drop.includes('ALL') ? [] : DEFAULT_CAPABILITIES.filter((name) => !drop.includes(name));
  return CAPABILITY_NAMES.filter((name) => base.includes(name) || add.includes(name));
}

function fullName(given: string): string {
  const upper = given.toUpperCase();
  if (upper === 'ALL') return upper;
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (CAPABILITY_NAMES.some((known) => known === name)) return name;
  throw invalid('CAPABILITY_UNKNOWN', `unknown capability '${given}'`, 'capabilities(7) lists them, NET_ADMIN for one');
}

/** The five sets: no inheritable ones, since they would pass to programs that their user starts (CVE-2022-24769). */
export function capabilitySets(names: readonly string[]): Capabilities {
  return { bounding: names, effective: names, permitted: names };
}
