import { KeelsonError } from '../base/index.ts';
import type { Child, ExitEvent, Fd, Kernel } from '../kernel/index.ts';
import {
  AF_UNIX,
  AT_FDCWD,
  CLONE_NEWCGROUP,
  CLOSE_RANGE_CLOEXEC,
  EFD_SEMAPHORE,
  ENOSYS,
  EPERM,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  PR_SET_PDEATHSIG,
  SIGKILL,
  SOCK_STREAM,
  Struct,
  TIOCSCTTY,
  TIOCSPGRP,
  unixAddress,
} from '../kernel/index.ts';
import type { CgroupSetup } from './cgroups/cgroup-setup.ts';
import { setUpCgroup } from './cgroups/cgroup-setup.ts';
import { type CgroupDoors, closeDoors } from './cgroups/join-cgroup.ts';
import type { InitContext } from './init-context.ts';
import { hasUserNamespace } from './init-context.ts';
import type { Launched, LaunchPlan, MonitorPlan } from './launch-plan.ts';
import { cloneFlags } from './namespaces/clone-flags.ts';
import { becomeMappedRoot, containerMaps, fillUserNamespace, type IdMaps, mappedRoot } from './namespaces/id-maps.ts';
import { joinNamespaces, joinPidNamespace, openNamespaces } from './namespaces/join-namespaces.ts';
import { setNames } from './namespaces/set-names.ts';
import { makeTimeNamespace } from './namespaces/time-offsets.ts';
import type { Identity } from './process/account-files.ts';
import { resolveIdentity } from './process/account-files.ts';
import { findProgram } from './process/find-program.ts';
import { becomeUser, giveStreams, giveStreamsToRoot } from './process/identity.ts';
import { raiseLimits, setOomScore, setResourceLimits } from './process/limits.ts';
import { forbidNewPrivileges, limitBoundingSet, setCapabilities } from './process/privileges.ts';
import { readAccountFiles } from './process/read-account-files.ts';
import { installSeccomp } from './process/seccomp.ts';
import { type BindSources, cloneMappedSources, cloneSources, countMappedSources } from './rootfs/bind-sources.ts';
import { makeDevices } from './rootfs/devices.ts';
import { makePathsReadOnly, maskPaths } from './rootfs/hidden-paths.ts';
import { makeMappedRoot } from './rootfs/mapped-root.ts';
import { mountAll } from './rootfs/mounts.ts';
import { isolateMounts, makeRootReadOnly, mountRoot, pivotRoot, setRootPropagation } from './rootfs/root-mount.ts';
import { RootTree } from './rootfs/root-tree.ts';
import { writeSysctls } from './rootfs/sysctls.ts';
import type { RuntimeHost } from './runtime-host.ts';
import type { ContainerStreams } from './streams/container-streams.ts';
import { prepareStreams } from './streams/container-streams.ts';
import { openTerminal } from './streams/terminal.ts';

/**
 * Starts one container. Two processes work at the same time: the runtime outside the new namespaces, which becomes the
 * monitor, and init inside them. Both get their calls in one batch each; where one must wait for the other it reads an
 * eventfd. A second batch to init, with what depends on the image's files, ends with execve.
 *
 * On any error everything is undone: init and the runtime end, and what was mounted lived in init's namespace.
 */
export async function launch(host: RuntimeHost, plan: LaunchPlan): Promise<Launched> {
  refuseUnsupported(plan);
  const runtime = await host.process(plan.stdio, countHelpers(plan));
  const cgroup = setUpCgroup(plan);
  try {
    return await start(runtime, plan, cgroup);
  } catch (error) {
    runtime.release();
    await runtime.closed;
    await cgroup.remove();
    throw error;
  }
}

function refuseUnsupported(plan: LaunchPlan): void {
  const joined = (plan.spec.linux?.namespaces ?? []).filter((n) => n.path && n.type !== 'pid');
  if (!hasUserNamespace(plan.spec) || joined.length === 0) return;
  throw new KeelsonError('unsupported', `cannot join a ${joined[0]?.type} namespace from a user namespace yet`, {
    code: 'USER_NAMESPACE_JOINED',
    hint: 'share no namespaces with others, or use the user namespace of the host',
  });
}

/** Short-lived children of the runtime besides init. */
function countHelpers({ root, spec }: LaunchPlan): number {
  return countMappedSources(spec) + (hasUserNamespace(spec) && root.kind === 'overlay' ? 1 : 0);
}

async function start(runtime: Kernel, plan: LaunchPlan, cgroup: CgroupSetup): Promise<Launched> {
  const { spec } = plan;
  if (plan.monitor) {
    // Whoever cleans up after a dead engine finds our processes by this folder; once it is gone they make nothing.
    runtime.step('Processes and namespaces', 'work in the folder of the container');
    runtime.chdir(plan.monitor.folder);
  }
  await plan.network?.prepare(runtime);
  const joined = openNamespaces(runtime, spec);
  const streams = prepareStreams(runtime, plan.stdio);
  const { doors } = cgroup.create(runtime);
  runtime.step('Processes and namespaces', 'make a signal for "what is done outside is done"');
  const ready = runtime.eventfd(0, EFD_SEMAPHORE);
  makeTimeNamespace(runtime, spec);
  joinPidNamespace(runtime, joined);
  const mapped = await cloneMappedSources(runtime, spec);
  const mappedRootSocket = mappedRootSocketOf(runtime, plan);
  runtime.step('Processes and namespaces', 'clone the child into its new namespaces', 'linux.namespaces');
  const child = runtime.clone(cloneFlags(spec.linux?.namespaces ?? []), {
    name: 'init',
    ...(doors.into === undefined ? {} : { cgroup: doors.into }),
  });
  closeDoors(runtime, doors);
  const work = outside(runtime, { child, plan, ready, streams, socket: mappedRootSocket?.[0] });
  const init: InitContext = { kernel: child.kernel, plan, spec };
  try {
    const [{ exited }] = await Promise.all([
      work,
      inside(init, { joined, streams, ready, cgroup, doors, mapped, socket: mappedRootSocket?.[1] }),
    ]);
    return { ...(await supervise(runtime, { child, streams, cgroup })), exited };
  } catch (error) {
    // Also when it waits for something or runs already: by descriptor, so nobody else can be hit.
    runtime.pidfdSendSignal(child.pidfd, SIGKILL, { allow: 'any' });
    await runtime.flush().catch(() => undefined);
    child.kernel.release();
    // The first failure makes the other process go; what it says then is not the cause.
    throw await firstCause(error, [work, child.kernel.flush()]);
  }
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

/** What the runtime does once the child is there. */
async function outside(
  runtime: Kernel,
  work: { child: Child; plan: LaunchPlan; ready: Fd; streams: ContainerStreams; socket: Fd | undefined },
): Promise<{ exited: Promise<ExitEvent> }> {
  const { child, plan, ready, streams } = work;
  const maps = containerMaps(plan.spec);
  if (maps) await outsideUserNamespace(runtime, { ...work, maps });
  if (plan.network) {
    runtime.step('Network', "connect the child's network namespace");
    plan.network.onHost(runtime, child.pid);
  }
  runtime.step('Processes and namespaces', 'tell the child that all is ready');
  const one = Buffer.alloc(8);
  one.writeBigUInt64LE(1n);
  runtime.write(ready, one);
  const exited = monitor(runtime, child, plan);
  // Two batches: the second may wait for the child's terminal, and the first one's answer must not.
  const first = runtime.flush();
  streams.connect(runtime);
  await Promise.all([first, runtime.flush()]);
  return { exited };
}

/**
 * In the batch that lets the child go on, and behind that: a program always has its monitor, also when the engine dies
 * as it starts; and the child of an engine that died before never waits for a runtime that stays because of it.
 */
function monitor(runtime: Kernel, child: Child, plan: LaunchPlan): Promise<ExitEvent> {
  runtime.step('Monitor', 'wait for the container to end');
  const statusFile = plan.monitor && openMonitor(runtime, plan.monitor);
  const { exited } = runtime.watch(child.pidfd, {
    stay: plan.monitor !== undefined,
    ...(statusFile === undefined ? {} : { statusFile }),
    ...cleanup(plan.monitor),
  });
  return exited;
}

/** What needs root of the host, which the container's init is not. */
async function outsideUserNamespace(
  runtime: Kernel,
  work: { child: Child; plan: LaunchPlan; streams: ContainerStreams; socket: Fd | undefined; maps: IdMaps },
): Promise<void> {
  const { child, plan, streams, socket, maps } = work;
  const owner = mappedRoot(maps);
  const userNamespace = await fillUserNamespace(runtime, child.pid, maps);
  if (plan.root.kind === 'overlay' && socket !== undefined) {
    await makeMappedRoot(runtime, plan.root, { userNamespace, owner, socket });
  }
  runtime.close(userNamespace);
  giveStreamsToRoot(runtime, { plan: plan.stdio, inside: streams.inside }, owner);
  raiseLimits(runtime, plan.spec, child.pid);
  setOomScore({ kernel: runtime, plan, spec: plan.spec }, await child.pid);
}

interface InsideWork {
  /** Sources of id-mapped mounts, made outside. */
  mapped: BindSources;
  /** Through it the root comes, in a user namespace. */
  socket: Fd | undefined;
  joined: ReturnType<typeof openNamespaces>;
  streams: ContainerStreams;
  ready: Fd;
  cgroup: CgroupSetup;
  doors: CgroupDoors;
}

/** What happens inside the new namespaces, up to execve. */
async function inside(context: InitContext, work: InsideWork): Promise<void> {
  const { kernel, spec, plan } = context;
  kernel.step('Processes and namespaces', 'end with the process that made us');
  kernel.prctl(PR_SET_PDEATHSIG, SIGKILL);
  kernel.setsid();
  // Device nodes and folders get exactly the bits that are asked for.
  kernel.umask(0);
  const userNamespace = hasUserNamespace(spec);
  if (!userNamespace) setOomScore(context);
  work.cgroup.enter(kernel, work.doors);
  joinNamespaces(kernel, work.joined);
  setNames(context);
  isolateMounts(context);
  const sources = userNamespace ? cloneSources(kernel, spec, work.mapped) : work.mapped;
  const tree = new RootTree(kernel, mountRoot(context, work.socket));
  waitForOutside(kernel, work.ready);
  if (userNamespace) {
    becomeMappedRoot(kernel);
    // A change of user clears it (prctl(2)).
    kernel.prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  if (spec.linux?.namespaces?.some((n) => n.type === 'cgroup' && !n.path)) {
    kernel.step('Limits (cgroups)', 'see our own cgroup as the root of all', 'linux.namespaces');
    kernel.unshare(CLONE_NEWCGROUP);
  }
  if (plan.network) {
    kernel.step('Network', 'configure the interfaces inside');
    plan.network.inContainer(kernel);
  }
  mountAll(context, tree, { mountCgroup: work.cgroup.mount, sources });
  makeDevices(context, tree);
  const terminal = work.streams.terminalSocket && openTerminal(context, tree, work.streams.terminalSocket);
  writeSysctls(context, tree);
  const accounts = plan.identity && readAccountFiles(tree);
  const program = findProgram(tree, {
    program: spec.process?.args?.[0] ?? '',
    env: spec.process?.env ?? [],
    cwd: spec.process?.cwd ?? '/',
  });
  await makePathsReadOnly(context, tree);
  await maskPaths(context, tree);
  makeRootReadOnly(context, tree.root);
  pivotRoot(context, tree.root);
  setRootPropagation(context, spec.linux);
  const identity = await findIdentity(context, accounts);
  takeStreams(context, work.streams, terminal);
  const path = await program();
  if (plan.init) await becomeWithInit(context, { identity, program: path, terminal: terminal !== undefined });
  else await become(context, identity, path);
}

/** Pid 1 stays the agent, with the container's privileges and no more; the program is its child (`--init`). */
async function becomeWithInit(
  context: InitContext,
  { identity, program, terminal }: { identity: Identity; program: string; terminal: boolean },
): Promise<void> {
  const { kernel, spec } = context;
  kernel.step('Start', 'become an init that forwards signals and reaps', '--init');
  // All signals wait until the init takes them one by one; the program gets them unblocked.
  kernel.sigprocmask(0, -1n);
  const child = kernel.clone(0, { name: 'program' });
  const first = kernel.flush();
  child.kernel.setpgid(0, 0);
  if (terminal) {
    const own = child.kernel.getpid();
    child.kernel.ioctl(0, TIOCSPGRP, new Struct(Buffer.alloc(4), [{ at: 0, value: own }]));
  }
  child.kernel.sigprocmask(2, 0n);
  await Promise.all([first, become({ ...context, kernel: child.kernel }, identity, program)]);
  const capabilities = spec.process?.capabilities ?? {};
  limitBoundingSet(context, capabilities);
  becomeUser(context, identity);
  setCapabilities(context, capabilities);
  forbidNewPrivileges(context);
  kernel.prctl(PR_SET_PDEATHSIG, 0);
  await kernel.flush();
  kernel.becomeInit(child.pid);
  void kernel.flush();
}

function waitForOutside(kernel: Kernel, ready: Fd): void {
  kernel.step('Processes and namespaces', 'wait for what is done outside');
  kernel.read(ready, 8);
}

export async function findIdentity(
  { plan, spec }: InitContext,
  accounts: ReturnType<typeof readAccountFiles> | undefined,
): Promise<Identity> {
  if (plan.identity && accounts) return resolveIdentity(plan.identity, await accounts());
  const user = spec.process?.user ?? {};
  const gid = user.gid ?? 0;
  return { uid: user.uid ?? 0, gid, groups: [...(user.additionalGids ?? [])], home: '/' };
}

export function takeStreams(context: InitContext, streams: ContainerStreams, terminal: Fd | undefined): void {
  const { kernel } = context;
  if (terminal === undefined && !streams.inside) return;
  kernel.step('Terminal and streams', 'take the standard streams');
  const inside = streams.inside ?? [terminal ?? 0, terminal ?? 0, terminal ?? 0];
  if (terminal !== undefined) kernel.ioctl(terminal, TIOCSCTTY, 0);
  inside.forEach((fd, place) => {
    kernel.dup3(fd, place, 0);
  });
}

/** The last batch: user, privileges, filter, and the program itself. */
export async function become(context: InitContext, identity: Identity, program: string): Promise<void> {
  const { kernel, plan, spec } = context;
  const process = spec.process;
  const capabilities = process?.capabilities ?? {};
  const cwd = process?.cwd ?? '/';
  kernel.step('Start', `go to ${cwd}`, 'process.cwd');
  for (const folder of parents(cwd)) kernel.mkdirat(AT_FDCWD, folder, 0o755, { allow: 'any' });
  // What a program inherits unless the specification says otherwise.
  kernel.umask(process?.user?.umask ?? 0o022);
  // All of ours is close-on-exec; whatever our own parent left open is made so (CVE-2024-21626).
  kernel.closeRange(3, -1, CLOSE_RANGE_CLOEXEC);
  kernel.joinSessionKeyring(`_ses.${plan.id.slice(0, 12)}`, { allow: [ENOSYS, EPERM] });
  giveStreams(context, identity);
  setResourceLimits(context);
  // Without no_new_privs a filter needs CAP_SYS_ADMIN, so it comes while that is there (seccomp(2)).
  if (!process?.noNewPrivileges) installSeccomp(context);
  limitBoundingSet(context, capabilities);
  becomeUser(context, identity);
  setCapabilities(context, capabilities);
  kernel.step('Start', `go to ${cwd}`, 'process.cwd');
  kernel.chdir(cwd);
  // Fails if the folder is outside the root, which would let the program climb to the host (CVE-2024-21626).
  kernel.getcwd();
  forbidNewPrivileges(context);
  if (process?.noNewPrivileges) installSeccomp(context);
  kernel.step('Start', 'live on without the process that made us');
  kernel.prctl(PR_SET_PDEATHSIG, 0);
  kernel.step('Start', `run ${program}`, 'process.args');
  kernel.execve(program, process?.args ?? [], environment(context, identity));
  await kernel.flush();
}

function parents(cwd: string): string[] {
  const parts = cwd.split('/').filter((p) => p !== '');
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`);
}

function environment({ plan, spec }: InitContext, identity: Identity): string[] {
  const env = [...(spec.process?.env ?? [])];
  if (plan.identity?.setHome && !env.some((e) => e.startsWith('HOME='))) env.push(`HOME=${identity.home}`);
  return env;
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

function openMonitor(runtime: Kernel, plan: MonitorPlan): Fd {
  const listener = runtime.socket(AF_UNIX, SOCK_STREAM, 0);
  runtime.umask(0o077);
  // By a relative path, from the folder we work in: the whole one can be longer than the 107 bytes of a socket's address.
  runtime.bind(listener, unixAddress('monitor.sock'));
  runtime.listen(listener, 16);
  runtime.serve(listener);
  return runtime.openat(AT_FDCWD, `${plan.folder}/exit`, O_WRONLY | O_CREAT | O_TRUNC, 0o600);
}

function cleanup(monitor: MonitorPlan | undefined): { afterwards?: (kernel: Kernel) => void } {
  const program = monitor?.cleanup;
  if (!program) return {};
  return { afterwards: (kernel) => kernel.execve(program.path, program.argv, program.environment) };
}
