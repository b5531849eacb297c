import { KeelsonError } from '../base/index.ts';
import type { Child, Fd, Kernel } from '../kernel/index.ts';
import { AT_FDCWD, EEXIST, EFD_SEMAPHORE, O_RDWR, S_IFIFO, SOCK_STREAM } from '../kernel/index.ts';
import type { CgroupSetup } from './cgroups/cgroup-setup.ts';
import { setUpCgroup } from './cgroups/cgroup-setup.ts';
import { closeDoors } from './cgroups/join-cgroup.ts';
import { endChild } from './end-child.ts';
import { countContainerHooks } from './hooks/container-hooks.ts';
import { hookState } from './hooks/hook-state.ts';
import { runRuntimeHooks } from './hooks/runtime-hooks.ts';
import type { InitContext } from './init-context.ts';
import { hasUserNamespace } from './init-context.ts';
import { planRdt, type RdtPlan } from './intel-rdt/plan-rdt.ts';
import { rdtHost, removeRdtGroups } from './intel-rdt/rdt-host.ts';
import type { Launched, LaunchPlan } from './launch-plan.ts';
import { cloneInit, needsJoiner } from './namespaces/clone-init.ts';
import { openNamespaces } from './namespaces/join-namespaces.ts';
import { makeTimeNamespace } from './namespaces/time-offsets.ts';
import { hasNetDevices } from './network/net-devices.ts';
import { connectPidfdSocket, sendPidfd } from './pidfd-socket.ts';
import { refuseUnsupported } from './refuse-unsupported.ts';
import { cloneMappedSources, countMappedSources } from './rootfs/bind-sources.ts';
import { cloneBorrowedMounts } from './rootfs/borrowed-mounts.ts';
import { countCopies } from './rootfs/copy-up.ts';
import type { RuntimeHost } from './runtime-host.ts';
import { connectListener, needsListener, seccompListener } from './seccomp/listener.ts';
import type { ContainerStreams } from './streams/container-streams.ts';
import { prepareStreams } from './streams/container-streams.ts';
import { workInside } from './work-inside.ts';
import { workOutside } from './work-outside.ts';

/**
 * Starts one container. Two processes work at the same time: the runtime outside the new namespaces, which becomes the
 * monitor, and init inside them. Both get their calls in one batch each; where one must wait for the other it reads an
 * eventfd. A second batch to init, with what depends on the image's files, ends with execve.
 *
 * On any error everything is undone: init and the runtime end, and what was mounted lived in init's namespace.
 */
export async function launch(host: RuntimeHost, plan: LaunchPlan): Promise<Launched> {
  refuseUnsupported(plan);
  const rdt = plan.spec.linux?.intelRdt && planRdt(plan, rdtHost());
  const runtime = await host.process(plan.stdio, countHelpers(plan));
  const cgroup = setUpCgroup({
    ...plan,
    missing: plan.missingCgroups,
    dryRun: host.dryRun,
    driver: plan.cgroupDriver,
  });
  try {
    return await start(host, runtime, { plan, cgroup, rdt });
  } catch (error) {
    runtime.release();
    await runtime.closed;
    await cgroup.remove();
    removeRdtGroups(rdt?.created ?? []);
    throw error;
  }
}

/** Short-lived children of the runtime besides init. */
function countHelpers({ root, spec, borrowedMounts = [], ordinaryUser }: LaunchPlan): number {
  return (
    countCopies(spec) +
    countMappedSources(spec) +
    borrowedMounts.length +
    countContainerHooks(spec) +
    (hasNetDevices(spec) ? 1 : 0) +
    (needsListener(spec) ? 1 : 0) +
    (needsJoiner(spec) ? 1 : 0) +
    (hasUserNamespace(spec) && root.kind === 'overlay' ? 1 : 0) +
    (hasUserNamespace(spec) && ordinaryUser ? 2 : 0)
  );
}

async function start(
  host: RuntimeHost,
  runtime: Kernel,
  { plan, cgroup, rdt }: { plan: LaunchPlan; cgroup: CgroupSetup; rdt: RdtPlan | undefined },
): Promise<Launched> {
  if (plan.monitor) {
    // Whoever cleans up after a dead engine finds our processes by this folder; once it is gone they make nothing.
    runtime.step('Processes and namespaces', 'work in the folder of the container');
    runtime.chdir(plan.monitor.folder);
  }
  await plan.network?.prepare(runtime);
  const joined = openNamespaces(runtime, plan.spec);
  const streams = prepareStreams(runtime, plan.stdio);
  const { doors, warnings } = cgroup.create(runtime);
  for (const warning of warnings) plan.onWarning?.(warning);
  runtime.step('Processes and namespaces', 'make a signal for "what is done outside is done"');
  const ready = runtime.eventfd(0, EFD_SEMAPHORE);
  makeTimeNamespace(runtime, plan.spec);
  const mapped = new Map([
    ...(await cloneMappedSources(runtime, plan.spec)),
    ...(await cloneBorrowedMounts(runtime, plan)),
  ]);
  const gate = openGate(runtime, plan);
  const agent = connectListener(runtime, plan.spec);
  const pidfdSocket = connectPidfdSocket(runtime, plan);
  const mappedRootSocket = mappedRootSocketOf(runtime, plan);
  const born = await cloneInit(runtime, plan.spec, { joined, cgroup: doors.into });
  const { child, spec } = born;
  const made = { ...plan, spec };
  closeDoors(runtime, doors);
  // The cgroup and init are made while we say what init shall do.
  void runtime.flush();
  if (cgroup.adopt) await adopt(runtime, { child, cgroup, plan });
  const work = workOutside(runtime, { child, plan: made, ready, streams, joined, rdt, socket: mappedRootSocket?.[0] });
  const state = (pid: number) => hookState(plan, { status: 'creating', pid });
  const listener = seccompListener(runtime, { socket: agent, spec, child, state });
  const init: InitContext = { kernel: child.kernel, plan: made, spec, gate, listener };
  const runtimeHooks = async () =>
    runRuntimeHooks(host, ['prestart', 'createRuntime'], { plan, status: 'creating', pid: await child.pid });
  try {
    const [{ exited }] = await Promise.all([
      work,
      workInside(init, {
        joined: born.toJoin,
        streams,
        ready,
        cgroup,
        doors,
        mapped,
        socket: mappedRootSocket?.[1],
        runtimeHooks,
      }),
      listener?.passed,
    ]);
    sendPidfd(runtime, child, pidfdSocket);
    return { ...(await supervise(runtime, { child, streams, cgroup })), exited };
  } catch (error) {
    await endChild(runtime, child);
    // The first failure makes the other process go; what it says then is not the cause.
    throw await firstCause(error, [work, child.kernel.flush()]);
  }
}

/** A driver needs the process before it can make a cgroup for it, which has done nothing yet. */
async function adopt(
  runtime: Kernel,
  { child, cgroup, plan }: { child: Child; cgroup: CgroupSetup; plan: LaunchPlan },
): Promise<void> {
  try {
    const warnings = (await cgroup.adopt?.(runtime, await child.pid)) ?? [];
    await runtime.flush();
    for (const warning of warnings) plan.onWarning?.(warning);
  } catch (error) {
    await endChild(runtime, child);
    throw error;
  }
}

function openGate(runtime: Kernel, plan: LaunchPlan): Fd | undefined {
  if (plan.gate === undefined) return undefined;
  runtime.step('Start', 'open the gate at which the container waits');
  runtime.mknodat(AT_FDCWD, plan.gate, S_IFIFO | 0o600, 0, { allow: [EEXIST] });
  // For both directions: its reader then waits for a byte, and not for a writer that is still to come (fifo(7)).
  return runtime.openat(AT_FDCWD, plan.gate, O_RDWR);
}

/** The way of an overlay that is made outside to the container. */
function mappedRootSocketOf(runtime: Kernel, { spec, root }: LaunchPlan): readonly [Fd, Fd] | undefined {
  if (!hasUserNamespace(spec) || root.kind !== 'overlay') return undefined;
  runtime.step('Root file system', 'make a way for the root to the container');
  return runtime.socketpair(SOCK_STREAM);
}

async function firstCause(error: unknown, others: readonly Promise<unknown>[]): Promise<unknown> {
  if (!(error instanceof KeelsonError) || error.code !== 'AGENT_GONE') return error;
  for (const result of await Promise.allSettled(others)) {
    if (result.status === 'rejected' && result.reason?.code !== 'AGENT_GONE') return result.reason;
  }
  return error;
}

async function supervise(
  runtime: Kernel,
  { child, streams, cgroup }: { child: Child; streams: ContainerStreams; cgroup: CgroupSetup },
): Promise<Omit<Launched, 'exited'>> {
  await runtime.flush();
  return {
    pid: await child.pid,
    monitor: runtime,
    pidfd: child.pidfd,
    ...(streams.stdin ? { stdin: streams.stdin } : {}),
    ...(streams.stdout ? { stdout: streams.stdout } : {}),
    ...(streams.stderr ? { stderr: streams.stderr } : {}),
    resize: streams.resize,
    cgroup,
  };
}
