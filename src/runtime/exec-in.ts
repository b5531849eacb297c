import type { Child, Fd, Kernel } from '../kernel/index.ts';
import {
  AT_FDCWD,
  CLONE_NEWCGROUP,
  O_DIRECTORY,
  O_PATH,
  PR_SET_DUMPABLE,
  PR_SET_PDEATHSIG,
  SIGKILL,
} from '../kernel/index.ts';
import { findNamespace, type RuntimeSpec } from '../spec/index.ts';
import { become } from './become.ts';
import { type CgroupSetup, setUpCgroup } from './cgroups/cgroup-setup.ts';
import { type CgroupDoors, closeDoors, NO_DOORS } from './cgroups/join-cgroup.ts';
import { endChild } from './end-child.ts';
import { countContainerHooks, runStartContainerHooks } from './hooks/container-hooks.ts';
import { hookState } from './hooks/hook-state.ts';
import type { InitContext } from './init-context.ts';
import { hasUserNamespace } from './init-context.ts';
import { openRdtGroups } from './intel-rdt/enter-rdt.ts';
import { planRdt } from './intel-rdt/plan-rdt.ts';
import { rdtHost } from './intel-rdt/rdt-host.ts';
import type { Launched, LaunchPlan } from './launch-plan.ts';
import { monitor } from './monitor.ts';
import { NAMESPACE_FLAGS } from './namespaces/clone-flags.ts';
import { readMaps } from './namespaces/clone-init.ts';
import { becomeMappedRoot, containerMaps, mappedRoot } from './namespaces/id-maps.ts';
import { connectPidfdSocket, sendPidfd } from './pidfd-socket.ts';
import { findIdentity } from './process/find-identity.ts';
import { findProgram } from './process/find-program.ts';
import { giveStreamsToRoot } from './process/identity.ts';
import { setExecAffinity, setScheduling } from './process/scheduling.ts';
import { setSecurityLabels } from './process/security-labels.ts';
import { RootTree } from './rootfs/root-tree.ts';
import type { RuntimeHost } from './runtime-host.ts';
import { connectListener, needsListener, seccompListener } from './seccomp/listener.ts';
import { prepareStreams } from './streams/container-streams.ts';
import { takeStreams } from './streams/take-streams.ts';
import { openTerminalHere } from './streams/terminal.ts';

/** A child in the namespaces of a container, and what leads there. */
interface Entered {
  runtime: Kernel;
  child: Child;
  context: InitContext;
  streams: ReturnType<typeof prepareStreams>;
  doors: CgroupDoors;
  cgroup: CgroupSetup;
  /** The container's init, for the cgroup namespace that the child joins by itself. */
  target: Fd | undefined;
  /** The host's, where labels are set. */
  proc: Fd | undefined;
}

/** Starts a process in the namespaces and cgroups of a container whose init is `pid`. `plan.spec` is of that container. */
export async function execIn(host: RuntimeHost, pid: number, plan: LaunchPlan): Promise<Launched> {
  const runtime = await host.process(plan.stdio, needsListener(plan.spec) ? 1 : 0);
  return releasedOnFailure(runtime, async () => {
    const entered = cloneInside(runtime, pid, plan);
    const { child, streams, cgroup } = entered;
    try {
      await Promise.all([connected(entered), startProgram(entered), entered.context.listener?.passed]);
    } catch (error) {
      await endChild(runtime, child);
      throw error;
    }
    const exited = monitor(runtime, child, plan);
    await runtime.flush();
    const { stdin, stdout, stderr, resize } = streams;
    return {
      pid: await child.pid,
      monitor: runtime,
      pidfd: child.pidfd,
      exited,
      ...(stdin ? { stdin } : {}),
      ...(stdout ? { stdout } : {}),
      ...(stderr ? { stderr } : {}),
      resize,
      cgroup,
    };
  });
}

/**
 * Runs the hooks that a container which waits at its gate has for its start, in its namespaces and as its process
 * would run. `pid`: of its init; `inside`: what that is called in the container.
 */
export async function runStartHooksIn(
  host: RuntimeHost,
  { pid, inside }: { pid: number; inside: number },
  plan: LaunchPlan,
): Promise<void> {
  if (!plan.spec.hooks?.startContainer?.length) return;
  const runtime = await host.process(plan.stdio, countContainerHooks(plan.spec));
  await releasedOnFailure(runtime, async () => {
    const entered = cloneInside(runtime, pid, plan);
    const { exited } = runtime.watch(entered.child.pidfd);
    const ended = exited.catch(() => undefined);
    try {
      await Promise.all([connected(entered), startHooks(entered, inside)]);
    } finally {
      entered.child.kernel.release();
      // Taken in here: the container's pid namespace does not end before its last zombie has gone.
      await ended;
    }
  });
  runtime.release();
  await runtime.closed;
}

async function releasedOnFailure<T>(runtime: Kernel, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    runtime.release();
    await runtime.closed;
    throw error;
  }
}

/** Issues what makes the child. */
function cloneInside(runtime: Kernel, pid: number, given: LaunchPlan): Entered {
  const plan = withJoinedMaps(given, pid);
  const { spec } = plan;
  const cgroup = setUpCgroup({ ...plan, driver: plan.cgroupDriver });
  const streams = prepareStreams(runtime, plan.stdio);
  const across = hasUserNamespace(spec);
  const doors = cgroup.open(runtime, pid, across);
  const rdt = spec.linux?.intelRdt && planRdt(plan, rdtHost());
  const groups = rdt ? openRdtGroups(runtime, rdt) : [];
  const agent = connectListener(runtime, spec);
  const pidfdSocket = connectPidfdSocket(runtime, plan);
  runtime.step('Processes and namespaces', `join the namespaces of process ${pid}`);
  // Nobody in the container may look into us or trace us while we enter (CVE-2016-9962).
  runtime.prctl(PR_SET_DUMPABLE, 0);
  const target = runtime.pidfdOpen(pid);
  const { apparmorProfile, selinuxLabel } = spec.process ?? {};
  // The container's own /proc could swallow the labels of the process (CVE-2019-16884).
  const proc = apparmorProfile || selinuxLabel ? runtime.openat(AT_FDCWD, '/proc', O_PATH | O_DIRECTORY) : undefined;
  const maps = containerMaps(spec);
  // Afterwards we are root of the container's ids alone.
  if (maps) giveStreamsToRoot(runtime, { plan: plan.stdio, inside: streams.inside }, mappedRoot(maps));
  const all = ownNamespaces(spec);
  // A child can be born in a cgroup that is seen from the same cgroup namespace: it joins that one after its birth.
  const later = across ? 0 : all & CLONE_NEWCGROUP;
  if (all !== later) runtime.setns(target, all & ~later);
  const child = runtime.clone(0, { name: 'exec', ...(doors.into === undefined ? {} : { cgroup: doors.into }) });
  sendPidfd(runtime, child, pidfdSocket);
  closeDoors(runtime, doors);
  for (const group of groups) {
    child.kernel.write(group, '0');
    for (const kernel of [runtime, child.kernel]) kernel.close(group);
  }
  const state = () => hookState(plan, { status: 'running', pid });
  const listener = seccompListener(runtime, { socket: agent, spec, child, state });
  const context = { kernel: child.kernel, plan, spec, listener };
  return { runtime, child, context, streams, doors, cgroup, target: later ? target : undefined, proc };
}

/** A user namespace that was joined has maps of which the specification does not tell. */
function withJoinedMaps(plan: LaunchPlan, pid: number): LaunchPlan {
  const { spec } = plan;
  if (!findNamespace(spec.linux?.namespaces, 'user')?.path) return plan;
  return { ...plan, spec: { ...spec, linux: { ...spec.linux, ...readMaps(pid) } } };
}

/**
 * Those that the container shares with the host are ours too, and in a user namespace we may not enter them: they belong
 * to another. Kernels before 5.6 know no time namespaces, and refuse the flag, as do older ones that of cgroups.
 */
function ownNamespaces({ linux }: RuntimeSpec): number {
  return (linux?.namespaces ?? []).reduce((flags, { type }) => flags | NAMESPACE_FLAGS[type], 0);
}

/** Two batches: the second may wait for the child's terminal. */
async function connected({ runtime, streams }: Entered): Promise<void> {
  const first = runtime.flush();
  streams.connect(runtime);
  await Promise.all([first, runtime.flush()]);
}

/** In its cgroup already, where the kernel may not let it go there by itself. */
async function admitted(entered: Entered): Promise<Entered> {
  const { cgroup, child, doors } = entered;
  if (!cgroup.enterOrAttach) return entered;
  await cgroup.enterOrAttach(child.kernel, doors, await child.pid);
  return { ...entered, doors: NO_DOORS };
}

/** What every process that enters does first. */
function settle({ context, doors, cgroup, target }: Entered): RootTree {
  const { kernel, spec } = context;
  kernel.prctl(PR_SET_PDEATHSIG, SIGKILL);
  kernel.setsid();
  setExecAffinity(context, 'initial');
  cgroup.enter(kernel, doors);
  if (target !== undefined) {
    kernel.setns(target, CLONE_NEWCGROUP);
    kernel.close(target);
  }
  setExecAffinity(context, 'final');
  setScheduling(kernel, spec);
  if (hasUserNamespace(spec)) {
    becomeMappedRoot(kernel, context.plan);
    kernel.prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  return new RootTree(kernel, kernel.openat(AT_FDCWD, '/', O_PATH | O_DIRECTORY));
}

async function startProgram(entered: Entered): Promise<void> {
  const { context, streams } = entered;
  const { spec } = context;
  const tree = settle(await admitted(entered));
  await setSecurityLabels(context, entered.proc);
  const socket = streams.terminalSocket;
  const terminal = socket === undefined ? undefined : openTerminalHere(context, tree, socket);
  const user = findIdentity(context, tree);
  const wanted = {
    program: spec.process?.args?.[0] ?? '',
    env: spec.process?.env ?? [],
    cwd: spec.process?.cwd ?? '/',
  };
  const program = findProgram(tree, wanted);
  const identity = await user();
  takeStreams(context, streams, terminal);
  await become(context, identity, await program());
}

async function startHooks(entered: Entered, pid: number): Promise<void> {
  const { context } = entered;
  const user = findIdentity(context, settle(await admitted(entered)));
  await runStartContainerHooks(context, await user(), pid);
  context.kernel.exit(0);
  await context.kernel.flush();
}
