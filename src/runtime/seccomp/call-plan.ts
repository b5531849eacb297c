import type { Abi } from './abi.ts';
import type { Condition } from './argument-condition.ts';
import { multiplexedOnI386 } from './multiplexed-calls.ts';
import { permissiveness } from './seccomp-action.ts';
import type { SeccompRule } from './seccomp-rules.ts';
import { syscallTable } from './syscall-table.ts';

/** What a call of one ABI gets: the first entry of which all conditions hold; the default action when none does. */
export interface PlannedAction {
  action: number;
  conditions: readonly Condition[];
}

export interface CallPlan {
  /** Call number without the ABI's bits → its actions, in order. */
  calls: ReadonlyMap<number, readonly PlannedAction[]>;
  /** The highest number that the profile names, 0 when it names none. */
  newest: number;
}

/** ARM numbers its private calls (`set_tls`, `cacheflush`) from here; they say nothing about how new a profile is. */
const ARM_PRIVATE = 0xf_0000;

/**
 * Sorts a profile's rules by the calls of one ABI, as libseccomp understands them:
 * - names that the ABI does not have are left out;
 * - a rule that gives the default action is redundant and left out;
 * - a rule without conditions covers the call whatever its arguments are, wherever it stands: the first such rule
 *   stands alone.
 * libseccomp leaves open which of several conditional rules wins when more than one holds; here it is the first.
 */
export function planCalls(rules: readonly SeccompRule[], defaultAction: number, abi: Abi): CallPlan {
  const table = syscallTable(abi.name);
  const calls = new Map<number, PlannedAction[]>();
  let newest = 0;
  const add = (number: number | undefined, planned: PlannedAction[]): void => {
    if (number === undefined) return;
    const existing = calls.get(number);
    if (existing?.[0]?.conditions.length === 0) return;
    if (planned[0]?.conditions.length === 0) calls.set(number, planned);
    else if (existing === undefined) calls.set(number, [...planned]);
    else existing.push(...planned);
  };
  for (const { names, action, alternatives } of rules) {
    const planned = plan(action, alternatives);
    // The other arguments are behind a pointer that a filter cannot follow. So a conditional rule covers the multiplexed
    // way only when it forbids: to allow all of it would open what the condition closes. (libseccomp does allow it;
    // https://github.com/containerd/containerd/pull/13330.)
    const covers = planned[0]?.conditions.length === 0 || permissiveness(action) < permissiveness(defaultAction);
    for (const name of names) {
      const number = table.get(name);
      if (number !== undefined && number < ARM_PRIVATE) newest = Math.max(newest, number);
      if (action === defaultAction) {
        // Nothing to do for it, but above `newest` it must not pass for a call that the profile does not know.
        if (number !== undefined && number >= ARM_PRIVATE && !calls.has(number)) calls.set(number, []);
        continue;
      }
      add(number, planned);
      const multiplexed = covers && abi.name === 'i386' ? multiplexedOnI386(name) : undefined;
      if (multiplexed === undefined) continue;
      add(table.get(multiplexed.call), [{ action, conditions: [multiplexed.condition] }]);
    }
  }
  return { calls, newest };
}

/** A rule's alternatives; one that always holds stands alone. */
function plan(action: number, alternatives: readonly (readonly Condition[])[]): PlannedAction[] {
  const planned = alternatives.map((conditions) => ({ action, conditions }));
  const always = planned.find(({ conditions }) => conditions.length === 0);
  return always === undefined ? planned : [always];
}
