import { assembleClassic, ClassicGraph, type ClassicNode, type Range, searchTree } from '../../kernel/index.ts';
import { type LinuxSeccomp, SECCOMP_ARCHITECTURES } from '../../spec/index.ts';
import { type Abi, abisFor, MACHINE_ARCHITECTURES, type MachineArchitecture, X32_SYSCALL_BIT } from './abi.ts';
import { argumentTree } from './argument-condition.ts';
import { type CallPlan, type PlannedAction, planCalls } from './call-plan.ts';
import { hotCallWeight } from './hot-calls.ts';
import {
  isSeccompAction,
  KILL_PROCESS,
  leavesUnknownCallsToKernel,
  RETURN_ENOSYS,
  returnValue,
} from './seccomp-action.ts';
import { FLAG_NEW_LISTENER, readSeccompFlags } from './seccomp-flags.ts';
import { hasRepeatedArgument, invalidProfile, readSeccompRules } from './seccomp-rules.ts';
import { isSyscallName, syscallTable } from './syscall-table.ts';

/** A filter ready for `seccomp(SECCOMP_SET_MODE_FILTER, flags, {len, filter})`. */
export interface CompiledSeccomp {
  /** `struct sock_filter[]`, 8 bytes an instruction. */
  filter: Uint8Array;
  /** SECCOMP_FILTER_FLAG_* bits. */
  flags: number;
  /** Does seccomp(2) return a notification descriptor (a rule has SCMP_ACT_NOTIFY)? */
  listener: boolean;
  /** What the profile asks for without effect, one sentence each. */
  warnings: string[];
}

/** Offsets in `struct seccomp_data`. */
const NUMBER = 0;
const AUDIT_ARCHITECTURE = 4;

/** -1 as an unsigned number: a tracer sets it to skip a call, and seccomp runs once more with it (Linux 4.8). */
const SKIPPED_CALL = 0xffff_ffff;

/**
 * Compiles a profile to a classic BPF program: the architecture, then a binary search over ranges of call numbers with
 * equal action, then the arguments. libseccomp's list of comparisons grows with the profile; this grows with its
 * logarithm. Only loads of the architecture and the number stand before a call that is always allowed, so that Linux
 * 5.11 and later cache the answer and do not run the filter at all for it (`seccomp_is_const_allow`).
 *
 * Calls from an architecture that the profile does not list kill the process. A call newer than the newest one that the
 * profile names answers ENOSYS, not the default action, unless that lets calls through: a C library that tries a new
 * call and gets EPERM gives up instead of falling back (https://github.com/opencontainers/runc/pull/2750).
 *
 * @throws KeelsonError `SECCOMP_PROFILE_INVALID` naming the field, or `BPF_TOO_LONG`
 */
export function compileSeccomp(profile: LinuxSeccomp, { arch }: { arch: MachineArchitecture }): CompiledSeccomp {
  const { defaultAction, defaultErrnoRet } = profile;
  if (!isSeccompAction(defaultAction)) {
    throw invalidProfile('seccomp.defaultAction', `unknown action "${String(defaultAction)}"`);
  }
  if (defaultAction === 'SCMP_ACT_NOTIFY') {
    throw invalidProfile('seccomp.defaultAction', 'SCMP_ACT_NOTIFY cannot be the default: the start itself would wait');
  }
  const defaultReturn = returnValue(defaultAction, defaultErrnoRet, 'seccomp.defaultErrnoRet');
  const rules = readSeccompRules(profile);
  const graph = new ClassicGraph();
  const otherwise = graph.return(defaultReturn);
  const unknown = leavesUnknownCallsToKernel(defaultAction) ? otherwise : graph.return(RETURN_ENOSYS);

  const abis = abisFor(arch, profile.architectures ?? []);
  const branches = abis.map((abi) => {
    const plan = planCalls(rules, defaultReturn, abi);
    return { abi, ranges: abiRanges(graph, plan, { abi, otherwise, unknown }) };
  });
  const listener = (profile.syscalls ?? []).some(({ action }) => action === 'SCMP_ACT_NOTIFY');
  return {
    filter: assembleClassic(architectureTree(graph, branches, unknown)),
    flags: readSeccompFlags(profile.flags, listener) | (listener ? FLAG_NEW_LISTENER : 0),
    listener,
    warnings: findWarnings(profile, arch),
  };
}

interface Branch {
  abi: Abi;
  ranges: Range[];
}

/** Which table the call number belongs to; the machine's own architecture is asked for first. */
function architectureTree(graph: ClassicGraph, branches: readonly Branch[], unknown: ClassicNode): ClassicNode {
  const kill = graph.return(KILL_PROCESS);
  const x32 = branches.find(({ abi }) => abi.numberBits !== 0);
  const trees = branches
    .filter((branch) => branch !== x32)
    .map(({ abi, ranges }) => {
      // x32 shares its AUDIT_ARCH with x86-64 and lies above it.
      const above = abi.name === 'x86_64' ? (x32?.ranges ?? [{ start: X32_SYSCALL_BIT, node: kill, weight: 1 }]) : [];
      const all = [...ranges, ...above, { start: SKIPPED_CALL, node: unknown, weight: 1 }];
      return { audit: abi.audit, tree: graph.load(NUMBER, searchTree(graph, all)) };
    });
  const tests = trees.reduceRight((rest, { audit, tree }) => graph.test('equal', audit, tree, rest), kill);
  return graph.load(AUDIT_ARCHITECTURE, tests);
}

interface AbiOptions {
  abi: Abi;
  otherwise: ClassicNode;
  unknown: ClassicNode;
}

/** The ABI's numbers with what is done for them, from its first number on. */
function abiRanges(graph: ClassicGraph, { calls, newest }: CallPlan, { abi, otherwise, unknown }: AbiOptions): Range[] {
  const weights = hotCallWeight(syscallTable(abi.name));
  const ranges: Range[] = [];
  const add = (number: number, node: ClassicNode, weight: number) => {
    const last = ranges.at(-1);
    if (last?.node === node) last.weight += weight;
    else ranges.push({ start: number + abi.numberBits, node, weight });
  };
  /** The calls without a rule from `start` to `end`; a profile that names no call of this ABI does not say what is new. */
  const addOthers = (start: number, end: number) => {
    if (start > end) return;
    if (newest === 0 || start <= newest) add(start, otherwise, 1);
    if (newest > 0 && end > newest) add(Math.max(start, newest + 1), unknown, 1);
  };
  let next = 0;
  for (const number of Uint32Array.from(calls.keys()).sort()) {
    addOthers(next, number - 1);
    add(number, callNode(graph, calls.get(number) ?? [], { otherwise, wide: abi.wide }), weights.get(number) ?? 1);
    next = number + 1;
  }
  addOthers(next, SKIPPED_CALL);
  return ranges;
}

function callNode(
  graph: ClassicGraph,
  actions: readonly PlannedAction[],
  { otherwise, wide }: { otherwise: ClassicNode; wide: boolean },
): ClassicNode {
  const [first] = actions;
  if (first?.conditions.length === 0) return graph.return(first.action);
  const conditional = actions.map(({ action, conditions }) => ({ conditions, node: graph.return(action) }));
  return argumentTree(graph, conditional, { otherwise, wide });
}

function findWarnings(profile: LinuxSeccomp, arch: MachineArchitecture): string[] {
  const warnings: string[] = [];
  for (const name of profile.architectures ?? []) {
    if (!SECCOMP_ARCHITECTURES.includes(name)) {
      throw invalidProfile('seccomp.architectures', `unknown architecture "${String(name)}"`);
    }
    if (!MACHINE_ARCHITECTURES[arch].includes(name)) warnings.push(`${name} has no effect on this machine (${arch})`);
  }
  for (const [index, rule] of (profile.syscalls ?? []).entries()) {
    const unknown = rule.names.filter((name) => !isSyscallName(name));
    if (unknown.length > 0) warnings.push(`seccomp.syscalls[${index}]: unknown system calls: ${unknown.join(', ')}`);
    if (hasRepeatedArgument(rule)) {
      warnings.push(`seccomp.syscalls[${index}].args: conditions on the same argument: any one of them is enough`);
    }
  }
  return warnings;
}
