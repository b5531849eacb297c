import type { ResourceConfig } from '../spec/index.ts';

/** By limit: the fields of the specification below `linux.resources` that it becomes, and the flag that asks for it. */
const FLAGS: readonly (readonly [limit: keyof ResourceConfig, flag: string, ...fields: string[]])[] = [
  ['memory', '--memory', 'memory.limit', 'memory.swap'],
  ['memorySwap', '--memory-swap', 'memory.swap'],
  ['memoryReservation', '--memory-reservation', 'memory.reservation'],
  ['memorySwappiness', '--memory-swappiness', 'memory.swappiness'],
  ['oomKillDisable', '--oom-kill-disable', 'memory.disableOOMKiller'],
  ['cpuShares', '--cpu-shares', 'cpu.shares'],
  ['cpuPeriod', '--cpu-period', 'cpu.period'],
  ['cpuQuota', '--cpu-quota', 'cpu.quota'],
  ['cpus', '--cpus', 'cpu.quota', 'cpu.period'],
  ['cpusetCpus', '--cpuset-cpus', 'cpu.cpus'],
  ['cpusetMems', '--cpuset-mems', 'cpu.mems'],
  ['pidsLimit', '--pids-limit', 'pids.limit'],
  ['blkioWeight', '--blkio-weight', 'blockIO.weight'],
];

/** Which flag caused a limit, by the field's path in the specification. */
export function resourceCauses(resources: ResourceConfig): Record<string, string> {
  const given = FLAGS.filter(([limit]) => resources[limit] !== undefined);
  return Object.fromEntries(
    given.flatMap(([, flag, ...fields]) => fields.map((field) => [`linux.resources.${field}`, flag])),
  );
}
