/** Types of the OCI specifications with their validation, and the values that rooms share. */
export type * from './container/container-config.ts';
export type * from './container/container-health.ts';
export type * from './container/container-state.ts';
export type * from './container/disk-usage.ts';
export type * from './container/engine.ts';
export type * from './container/host-report.ts';
export type * from './container/images.ts';
export type * from './container/network-config.ts';
export { newContainer } from './container/new-container.ts';
export type * from './container/resource-config.ts';
export type * from './container/volume.ts';
export {
  DEFAULT_DEVICE_LINKS,
  DEFAULT_DEVICES,
  DEFAULT_MASKED_PATHS,
  DEFAULT_PATH,
  DEFAULT_READONLY_PATHS,
  DEFAULT_SHM_SIZE,
  type DeviceLink,
  defaultMounts,
  thermalThrottlePaths,
} from './default-spec.ts';
export { type Descriptor, DIGEST } from './image/descriptor.ts';
export { type DockerArchiveEntry, parseDockerArchive } from './image/docker-archive.ts';
export {
  type ExecutionConfig,
  type Healthcheck,
  type HistoryEntry,
  type ImageConfig,
  parseImageConfig,
  type RootFs,
} from './image/image-config.ts';
export { type ImageIndex, parseImageIndex } from './image/image-index.ts';
export { IMAGE_LAYOUT_VERSION, type ImageLayout, parseImageLayout } from './image/image-layout.ts';
export { type Manifest, parseManifest } from './image/manifest.ts';
export * from './image/media-types.ts';
export type { Platform } from './image/platform.ts';
export { splitReference } from './image/split-reference.ts';
export type * from './linux-seccomp.ts';
export * from './mount-constants.ts';
export {
  MOUNT_OPTION_NAMES,
  type MountOptions,
  type Propagation,
  parseMountOptions,
  parseMountOptionsStrictly,
} from './mount-options.ts';
export { CAPABILITY_NAMES, type Capabilities, type CapabilityName } from './runtime/capabilities.ts';
export type { Device } from './runtime/device.ts';
export type { ExecCpuAffinity } from './runtime/exec-cpu-affinity.ts';
export type * from './runtime/features.ts';
export { HOOK_KINDS, type Hook, type Hooks } from './runtime/hooks.ts';
export type { IdMapping } from './runtime/id-mapping.ts';
export type { IntelRdt } from './runtime/intel-rdt.ts';
export { IO_PRIORITY_CLASSES, type IoPriority } from './runtime/io-priority.ts';
export { type Linux, ROOTFS_PROPAGATIONS } from './runtime/linux.ts';
export { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES, type MemoryPolicy } from './runtime/memory-policy.ts';
export type { Mount } from './runtime/mount.ts';
export { findNamespace, NAMESPACE_TYPES, type Namespace, type NamespaceType } from './runtime/namespace.ts';
export type { NetDevice } from './runtime/net-device.ts';
export type { Personality } from './runtime/personality.ts';
export type { ConsoleSize, Process } from './runtime/process.ts';
export type { BlockIo, ThrottleDevice, WeightDevice } from './runtime/resources/block-io.ts';
export type { Cpu } from './runtime/resources/cpu.ts';
export type { DeviceRule } from './runtime/resources/device-rule.ts';
export type { HugepageLimit } from './runtime/resources/hugepage-limit.ts';
export type { Memory } from './runtime/resources/memory.ts';
export type { InterfacePriority, NetworkPriorities } from './runtime/resources/network-priorities.ts';
export type { Pids } from './runtime/resources/pids.ts';
export type { RdmaLimit } from './runtime/resources/rdma-limit.ts';
export type { Resources } from './runtime/resources/resources.ts';
export { RLIM_INFINITY, RLIMIT_TYPES, type Rlimit, type RlimitType, rlimitValue } from './runtime/rlimit.ts';
export type { Root } from './runtime/root.ts';
export { OCI_VERSION, type RuntimeSpec } from './runtime/runtime-spec.ts';
export {
  type ContainerProcessState,
  parseRuntimeState,
  RUNTIME_STATUSES,
  type RuntimeState,
  type RuntimeStatus,
} from './runtime/runtime-state.ts';
export { SCHEDULER_FLAGS, SCHEDULER_POLICIES, type Scheduler } from './runtime/scheduler.ts';
export {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from './runtime/seccomp-schema.ts';
export type { TimeOffset } from './runtime/time-offset.ts';
export type { User } from './runtime/user.ts';
export {
  examineRuntimeSpec,
  parseProcess,
  parseResources,
  parseRuntimeSpec,
  parseRuntimeSpecText,
  type Report,
} from './runtime/validate/parse-runtime-spec.ts';
export { parseJson } from './schema/parse-json.ts';
export type { Problem } from './schema/problem.ts';
export * from './seccomp-profile.ts';
export { sysctlPath } from './sysctl-path.ts';
