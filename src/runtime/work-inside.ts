import type { Fd, Kernel } from '../kernel/index.ts';
import { CLONE_NEWCGROUP, PR_SET_PDEATHSIG, SIGKILL } from '../kernel/index.ts';
import { become } from './become.ts';
import { becomeWithInit } from './become-with-init.ts';
import type { CgroupSetup } from './cgroups/cgroup-setup.ts';
import type { CgroupDoors } from './cgroups/join-cgroup.ts';
import { runCreateContainerHooks, runStartContainerHooks } from './hooks/container-hooks.ts';
import type { InitContext } from './init-context.ts';
import { hasUserNamespace } from './init-context.ts';
import { becomeMappedRoot } from './namespaces/id-maps.ts';
import { joinNamespaces, type OpenNamespace } from './namespaces/join-namespaces.ts';
import { setNames } from './namespaces/set-names.ts';
import type { Identity } from './process/account-files.ts';
import { findIdentity } from './process/find-identity.ts';
import { findProgram } from './process/find-program.ts';
import { setOomScore } from './process/limits.ts';
import { setScheduling } from './process/scheduling.ts';
import { setSecurityLabels } from './process/security-labels.ts';
import { type BindSources, cloneSources } from './rootfs/bind-sources.ts';
import { countCopies } from './rootfs/copy-up.ts';
import { makeDevices } from './rootfs/devices.ts';
import { makePathsReadOnly, maskPaths } from './rootfs/hidden-paths.ts';
import { mountAll } from './rootfs/mounts.ts';
import { moveRoot } from './rootfs/move-root.ts';
import { isolateMounts, makeRootReadOnly, mountRoot, pivotRoot, setRootPropagation } from './rootfs/root-mount.ts';
import { RootTree } from './rootfs/root-tree.ts';
import { writeSysctls } from './rootfs/sysctls.ts';
import { findTmpfsPlaces } from './rootfs/tmpfs-places.ts';
import type { ContainerStreams } from './streams/container-streams.ts';
import { takeOwnNull } from './streams/own-null.ts';
import { takeStreams } from './streams/take-streams.ts';
import { openTerminal } from './streams/terminal.ts';

interface InsideWork {
  /** Sources of id-mapped mounts, made outside. */
  mapped: BindSources;
  /** Through it the root comes, in a user namespace. */
  socket: Fd | undefined;
  joined: readonly OpenNamespace[];
  streams: ContainerStreams;
  ready: Fd;
  cgroup: CgroupSetup;
  doors: CgroupDoors;
  /** Runs the hooks that have their place when all is mounted and the root not yet changed, outside. */
  runtimeHooks(): Promise<void>;
}

/** What happens inside the new namespaces, up to execve. */
export async function workInside(context: InitContext, work: InsideWork): Promise<void> {
  const { kernel, spec, plan } = context;
  kernel.step('Processes and namespaces', 'end with the process that made us');
  kernel.prctl(PR_SET_PDEATHSIG, SIGKILL);
  kernel.setsid();
  // Device nodes and folders get exactly the bits that are asked for.
  kernel.umask(0);
  const userNamespace = hasUserNamespace(spec);
  if (!userNamespace) setOomScore(context);
  work.cgroup.enter(kernel, work.doors);
  if (!userNamespace) setScheduling(kernel, spec);
  joinNamespaces(kernel, work.joined);
  setNames(context);
  isolateMounts(context);
  const sources = userNamespace ? cloneSources(kernel, spec, work.mapped) : work.mapped;
  const tree = new RootTree(kernel, mountRoot(context, work.socket));
  waitForOutside(kernel, work.ready);
  if (userNamespace) {
    becomeMappedRoot(kernel, plan);
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
  const places = await findTmpfsPlaces(context, tree);
  const { filled } = await mountAll(context, tree, { mountCgroup: work.cgroup.mount, sources, places });
  makeDevices(context, tree);
  takeOwnNull(context, tree);
  const terminal = work.streams.terminalSocket && openTerminal(context, tree, work.streams.terminalSocket);
  await hooksBeforePivot(context, tree, { filled, runtimeHooks: work.runtimeHooks });
  writeSysctls(context, tree);
  const user = findIdentity(context, tree);
  const program = findProgram(tree, {
    program: spec.process?.args?.[0] ?? '',
    env: spec.process?.env ?? [],
    cwd: spec.process?.cwd ?? '/',
  });
  if (countCopies(spec) > 0) await filled;
  await makePathsReadOnly(context, tree);
  await maskPaths(context, tree);
  makeRootReadOnly(context, tree.root);
  await setSecurityLabels(context);
  if (plan.noPivot) await moveRoot(context, tree.root);
  else pivotRoot(context, tree.root);
  setRootPropagation(context, spec.linux);
  const identity = await user();
  takeStreams(context, work.streams, terminal);
  const path = await program();
  // Behind a gate nobody runs them before `start`.
  if (plan.gate === undefined) await startHooks(context, identity);
  if (plan.init) await becomeWithInit(context, { identity, program: path, terminal: terminal !== undefined });
  else await become(context, identity, path);
}

/** They may do anything to what is mounted and to the network, so all before has been done, and nothing after. */
async function hooksBeforePivot(
  context: InitContext,
  tree: RootTree,
  { filled, runtimeHooks }: Pick<InsideWork, 'runtimeHooks'> & { filled: Promise<unknown> },
): Promise<void> {
  const { prestart = [], createRuntime = [], createContainer = [] } = context.spec.hooks ?? {};
  if (prestart.length + createRuntime.length + createContainer.length === 0) return;
  await context.kernel.flush();
  await filled;
  await runtimeHooks();
  await runCreateContainerHooks(context, tree.root);
}

async function startHooks(context: InitContext, identity: Identity): Promise<void> {
  if (!context.spec.hooks?.startContainer?.length) return;
  await runStartContainerHooks(context, identity, await context.kernel.getpid());
}

function waitForOutside(kernel: Kernel, ready: Fd): void {
  kernel.step('Processes and namespaces', 'wait for what is done outside');
  kernel.read(ready, 8);
}
