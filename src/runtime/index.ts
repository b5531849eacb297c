/** The runtime room's door: starts containers from an OCI runtime specification. */

export type { Agent, ExitEvent, Kernel, LentAgent, TracedCall } from '../kernel/index.ts';
export {
  ESRCH,
  lentAgent,
  Out,
  SyscallError,
  shellExitCode,
  showCall,
  startAgent,
  TCGETS,
  TCSETS,
} from '../kernel/index.ts';
export { containerCapabilities } from './capabilities/capability-sets.ts';
export { resolveCapabilities } from './capabilities/resolve-capabilities.ts';
export type { CgroupDriver } from './cgroups/cgroup-driver.ts';
export type { CgroupHierarchy, CgroupLayout } from './cgroups/cgroup-layout.ts';
export type { CgroupSetup } from './cgroups/cgroup-setup.ts';
export { locateCgroupFor, setUpCgroup } from './cgroups/cgroup-setup.ts';
export { detectCgroups } from './cgroups/detect-cgroups.ts';
export { loadSystemd } from './cgroups/load-systemd.ts';
export type { SystemdUnit } from './cgroups/systemd/systemd-unit.ts';
export { type BegunRestore, beginRestore } from './checkpoint/begin-restore.ts';
export { CriuProcess, type CriuProgram } from './checkpoint/criu-process.ts';
export { openFolder, resolveInRoot } from './checkpoint/resolve-in-root.ts';
export { isBind, isCgroup } from './checkpoint/restored-root.ts';
export { type ExitFile, openExit, signalBy, signalNumber, signalProcesses } from './container-control.ts';
export type { KernelProbe, NamespaceName, ProbeAnswer, ProbeOptions } from './doctor/probe-kernel.ts';
export { probeKernel } from './doctor/probe-kernel.ts';
export { execIn, runStartHooksIn } from './exec-in.ts';
export { type RuntimeHookKind, runRuntimeHooks } from './hooks/runtime-hooks.ts';
export { planRdt } from './intel-rdt/plan-rdt.ts';
export { rdtHost, removeRdtGroups } from './intel-rdt/rdt-host.ts';
export { launch } from './launch.ts';
export type {
  HookSurroundings,
  IdentityPlan,
  Launched,
  LaunchPlan,
  MonitorPlan,
  NetworkSetup,
  RootPlan,
  StdioEnd,
  StdioPlan,
} from './launch-plan.ts';
export { loopbackOnly } from './network-loopback.ts';
export { ProgramMissing } from './process/find-program.ts';
export { copyOut } from './rootfs/copy-out.ts';
export { mountReadOnly, unmountReadOnly } from './rootfs/mount-read-only.ts';
export type { LentRuntime, RuntimeHost, RuntimeOptions } from './runtime-host.ts';
export { lentRuntime, openRuntime } from './runtime-host.ts';
export { defaultSeccompProfile } from './seccomp/default-profile.ts';
export { parseSeccompProfile } from './seccomp/parse-seccomp-profile.ts';
export { passOutputThrough } from './streams/pass-output-through.ts';
export { terminalSize } from './streams/terminal-size.ts';
