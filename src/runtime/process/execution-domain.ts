import { MEMORY_POLICY_MODES } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { maskOfList } from './number-list.ts';

/** Linux has no more memory nodes in any configuration (NODES_SHIFT). */
const MAX_NODES = 1024;
/** Flags of set_mempolicy(2) that lie beside the mode (include/uapi/linux/mempolicy.h). */
const POLICY_FLAGS = {
  MPOL_F_NUMA_BALANCING: 1 << 13,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_STATIC_NODES: 1 << 15,
} as const;
/** personality(2). */
const PERSONALITIES = { LINUX: 0, LINUX32: 8 } as const;

/** What uname(2) says about the machine (personality(2)). Before the filter, which may forbid to change it. */
export function setPersonality({ kernel, spec }: InitContext): void {
  const personality = spec.linux?.personality;
  if (!personality) return;
  kernel.step('Identity', `look like ${personality.domain}`, 'linux.personality');
  kernel.personality(PERSONALITIES[personality.domain]);
}

/** From which memory nodes the process takes memory (set_mempolicy(2)); execve keeps it. */
export function setMemoryPolicy({ kernel, spec }: InitContext): void {
  const policy = spec.linux?.memoryPolicy;
  if (!policy) return;
  const { mode, nodes = '', flags = [] } = policy;
  kernel.step('Limits (cgroups)', `take memory by ${mode} ${nodes}`, 'linux.memoryPolicy');
  const bits = flags.reduce((all, flag) => all | POLICY_FLAGS[flag], MEMORY_POLICY_MODES.indexOf(mode));
  kernel.setMempolicy(bits, nodes === '' ? undefined : maskOfList(nodes, MAX_NODES));
}
