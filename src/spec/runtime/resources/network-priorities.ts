import { list, object, optional } from '../../schema/composites.ts';
import { nonEmptyString, uint32 } from '../../schema/scalars.ts';
import type { Schema } from '../../schema/schema.ts';

/** The net_cls and net_prio controllers of cgroup v1. */
export interface NetworkPriorities {
  /** Tag of the group's packets. */
  classID?: number | undefined;
  priorities?: readonly InterfacePriority[] | undefined;
}

/** The priority of the group's packets on one interface of the host. */
export interface InterfacePriority {
  name: string;
  priority: number;
}

const interfacePrioritySchema: Schema<InterfacePriority> = object<InterfacePriority>({
  name: nonEmptyString,
  priority: uint32,
});

export const networkPrioritiesSchema: Schema<NetworkPriorities> = object<NetworkPriorities>({
  classID: optional(uint32),
  priorities: optional(list(interfacePrioritySchema)),
});
