import { list, mapOf, object, optional } from '../../schema/composites.ts';
import { string } from '../../schema/scalars.ts';
import type { Schema } from '../../schema/schema.ts';
import { type BlockIo, blockIoSchema } from './block-io.ts';
import { type Cpu, cpuSchema } from './cpu.ts';
import { type DeviceRule, deviceRuleSchema } from './device-rule.ts';
import { type HugepageLimit, hugepageLimitSchema } from './hugepage-limit.ts';
import { type Memory, memorySchema } from './memory.ts';
import { type NetworkPriorities, networkPrioritiesSchema } from './network-priorities.ts';
import { type Pids, pidsSchema } from './pids.ts';
import { type RdmaLimit, rdmaLimitSchema } from './rdma-limit.ts';

/** Limits of the container's cgroup. What is missing stays as the kernel has it. */
export interface Resources {
  /** Applied in this order; the last rule that matches decides. */
  devices?: readonly DeviceRule[] | undefined;
  memory?: Memory | undefined;
  cpu?: Cpu | undefined;
  pids?: Pids | undefined;
  blockIO?: BlockIo | undefined;
  hugepageLimits?: readonly HugepageLimit[] | undefined;
  network?: NetworkPriorities | undefined;
  /** By name of the RDMA device. */
  rdma?: Readonly<Record<string, RdmaLimit>> | undefined;
  /** Files of cgroup v2 and what to write into them. */
  unified?: Readonly<Record<string, string>> | undefined;
}

export const resourcesSchema: Schema<Resources> = object<Resources>({
  devices: optional(list(deviceRuleSchema)),
  memory: optional(memorySchema),
  cpu: optional(cpuSchema),
  pids: optional(pidsSchema),
  blockIO: optional(blockIoSchema),
  hugepageLimits: optional(list(hugepageLimitSchema)),
  network: optional(networkPrioritiesSchema),
  rdma: optional(mapOf(rdmaLimitSchema)),
  unified: optional(mapOf(string)),
});
