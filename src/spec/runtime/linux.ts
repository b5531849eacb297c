import type { LinuxSeccomp } from '../linux-seccomp.ts';
import { list, mapOf, object, optional } from '../schema/composites.ts';
import { oneOf, string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';
import { type Device, deviceSchema } from './device.ts';
import { type IdMapping, idMappingSchema } from './id-mapping.ts';
import { type IntelRdt, intelRdtSchema } from './intel-rdt.ts';
import { type MemoryPolicy, memoryPolicySchema } from './memory-policy.ts';
import { type Namespace, namespaceSchema } from './namespace.ts';
import { type NetDevice, netDeviceSchema } from './net-device.ts';
import { type Personality, personalitySchema } from './personality.ts';
import { type Resources, resourcesSchema } from './resources/resources.ts';
import { seccompSchema } from './seccomp-schema.ts';
import { type TimeOffset, timeOffsetSchema } from './time-offset.ts';

/** How the root mount exchanges mounts with the host (mount_namespaces(7)); the forms with `r` reach all mounts below. */
export const ROOTFS_PROPAGATIONS = [
  'shared',
  'slave',
  'private',
  'unbindable',
  // Not in the specification, but runc takes them, and containerd writes `rshared` and `rslave`.
  'rshared',
  'rslave',
  'rprivate',
  'runbindable',
] as const;

/** What only Linux has (config-linux.md of the specification). */
export interface Linux {
  /** Namespaces that are new or joined; the others are those of the runtime. */
  namespaces?: readonly Namespace[] | undefined;
  uidMappings?: readonly IdMapping[] | undefined;
  gidMappings?: readonly IdMapping[] | undefined;
  /** By clock: `monotonic`, `boottime`. */
  timeOffsets?: Readonly<Record<string, TimeOffset>> | undefined;
  /** Besides the default devices. */
  devices?: readonly Device[] | undefined;
  /** Network devices of the host that move into the container, by their name on the host. */
  netDevices?: Readonly<Record<string, NetDevice>> | undefined;
  /** Below the cgroup mount; with the systemd driver `slice:prefix:name`. */
  cgroupsPath?: string | undefined;
  resources?: Resources | undefined;
  intelRdt?: IntelRdt | undefined;
  memoryPolicy?: MemoryPolicy | undefined;
  /** By name, with dots or slashes; see `sysctlPath`. */
  sysctl?: Readonly<Record<string, string>> | undefined;
  seccomp?: LinuxSeccomp | undefined;
  rootfsPropagation?: (typeof ROOTFS_PROPAGATIONS)[number] | '' | undefined;
  /** Paths of the container that nobody in it can read. */
  maskedPaths?: readonly string[] | undefined;
  /** Paths of the container that nobody in it can write. */
  readonlyPaths?: readonly string[] | undefined;
  /** SELinux context of the container's mounts. */
  mountLabel?: string | undefined;
  personality?: Personality | undefined;
}

export const linuxSchema: Schema<Linux> = object<Linux>({
  namespaces: optional(list(namespaceSchema)),
  uidMappings: optional(list(idMappingSchema)),
  gidMappings: optional(list(idMappingSchema)),
  timeOffsets: optional(mapOf(timeOffsetSchema)),
  devices: optional(list(deviceSchema)),
  netDevices: optional(mapOf(netDeviceSchema)),
  cgroupsPath: optional(string),
  resources: optional(resourcesSchema),
  intelRdt: optional(intelRdtSchema),
  memoryPolicy: optional(memoryPolicySchema),
  sysctl: optional(mapOf(string)),
  seccomp: optional(seccompSchema),
  rootfsPropagation: optional(oneOf([...ROOTFS_PROPAGATIONS, ''])),
  maskedPaths: optional(list(string)),
  readonlyPaths: optional(list(string)),
  mountLabel: optional(string),
  personality: optional(personalitySchema),
});
