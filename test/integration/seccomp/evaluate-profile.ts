import type { AbiName, MachineArchitecture } from '../../../src/runtime/seccomp/abi.ts';
import { syscallTable } from '../../../src/runtime/seccomp/syscall-table.ts';
import type { LinuxSeccomp, LinuxSeccompArgument, SeccompAction } from '../../../src/spec/index.ts';
import { isMultiplexed } from './multiplexed.ts';
import type { SeccompInput } from './run-classic.ts';

const ACTIONS: Record<SeccompAction, number> = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

const X32 = 0x40000000;

export function actionValue(action: SeccompAction, data: number | undefined): number {
  return action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE' ? ACTIONS[action] + (data ?? 1) : ACTIONS[action];
}

/**
 * What a profile says about one call, worked out in the plainest way: no tree, no sorting, one rule after the other.
 * The compiler is right when its program says the same.
 */
export function evaluateProfile(profile: LinuxSeccomp, arch: MachineArchitecture, input: SeccompInput): number {
  const otherwise = actionValue(profile.defaultAction, profile.defaultErrnoRet);
  const lenient = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE'].includes(profile.defaultAction);
  const unknown = lenient ? otherwise : 0x00050000 + 38;
  const abi = abiOf(profile, arch, input);
  if (abi === undefined) return ACTIONS.SCMP_ACT_KILL_PROCESS;
  if (input.number === 0xffffffff) return unknown;
  const number = abi === 'x32' ? input.number - X32 : input.number;
  const table = syscallTable(abi);

  const matching = (profile.syscalls ?? []).flatMap((rule) => {
    const action = actionValue(rule.action, rule.errnoRet);
    if (action === otherwise) return [];
    const args = rule.args ?? [];
    const repeated = new Set(args.map(({ index }) => index)).size < args.length;
    return rule.names.flatMap((name) => {
      const conditional = args.filter((arg) => !(arg.op === 'SCMP_CMP_MASKED_EQ' && BigInt(arg.value) === 0n));
      const unconditional = repeated ? conditional.length < args.length : conditional.length === 0;
      const found: { action: number; unconditional: boolean }[] = [];
      if (table.get(name) === number) {
        const narrow = abi === 'i386' || abi === 'arm';
        const results = conditional.map((arg) => holds(arg, input.args[arg.index] ?? 0n, narrow));
        const matches = repeated ? results.includes(true) : !results.includes(false);
        if (unconditional || matches) found.push({ action, unconditional });
      }
      const forbids = severity(action) < severity(otherwise);
      if (abi === 'i386' && isMultiplexed(name, number, input.args[0] ?? 0n) && (unconditional || forbids)) {
        found.push({ action, unconditional: false });
      }
      return found;
    });
  });
  const decided = matching.find(({ unconditional }) => unconditional) ?? matching[0];
  if (decided !== undefined) return decided.action;

  const named = (profile.syscalls ?? []).flatMap(({ names }) => names.flatMap((name) => table.get(name) ?? []));
  if (named.includes(number)) return otherwise;
  const newest = Math.max(0, ...named.filter((candidate) => candidate < 0xf0000));
  return newest > 0 && number > newest ? unknown : otherwise;
}

function abiOf(profile: LinuxSeccomp, arch: MachineArchitecture, { audit, number }: SeccompInput): AbiName | undefined {
  const listed = profile.architectures ?? [];
  if (arch === 'x64' && audit === 0xc000003e) {
    if (number < X32 || number === 0xffffffff) return 'x86_64';
    return listed.includes('SCMP_ARCH_X32') ? 'x32' : undefined;
  }
  if (arch === 'x64' && audit === 0x40000003 && listed.includes('SCMP_ARCH_X86')) return 'i386';
  if (arch === 'arm64' && audit === 0xc00000b7) return 'arm64';
  if (arch === 'arm64' && audit === 0x40000028 && listed.includes('SCMP_ARCH_ARM')) return 'arm';
  return undefined;
}

function holds(condition: LinuxSeccompArgument, argument: bigint, narrow: boolean): boolean {
  const { op } = condition;
  let value = BigInt(condition.value);
  const equality = op === 'SCMP_CMP_EQ' || op === 'SCMP_CMP_NE';
  if (narrow && equality && value >> 32n === 0xffffffffn) value &= 0xffffffffn;
  if (op === 'SCMP_CMP_EQ') return argument === value;
  if (op === 'SCMP_CMP_NE') return argument !== value;
  if (op === 'SCMP_CMP_LT') return argument < value;
  if (op === 'SCMP_CMP_LE') return argument <= value;
  if (op === 'SCMP_CMP_GE') return argument >= value;
  if (op === 'SCMP_CMP_GT') return argument > value;
  return (argument & value) === (BigInt(condition.valueTwo ?? 0) & value);
}

/** The order of seccomp(2), strictest first. */
function severity(action: number): number {
  return [0x80000000, 0, 0x00030000, 0x00050000, 0x7fc00000, 0x7ff00000, 0x7ffc0000, 0x7fff0000].indexOf(
    action - (action % 0x10000),
  );
}
