import type { Kernel } from '../kernel/index.ts';
import {
  AT_FDCWD,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  O_DIRECTORY,
  O_PATH,
  PR_SET_DUMPABLE,
  PR_SET_PDEATHSIG,
  SIGKILL,
} from '../kernel/index.ts';
import { become } from './become.ts';
import { type CgroupSetup, setUpCgroup } from './cgroups/cgroup-setup.ts';
import { type CgroupDoors, closeDoors } from './cgroups/join-cgroup.ts';
import type { InitContext } from './init-context.ts';
import { hasUserNamespace } from './init-context.ts';
import type { Launched, LaunchPlan } from './launch-plan.ts';
import { becomeMappedRoot, containerMaps, mappedRoot } from './namespaces/id-maps.ts';
import { findIdentity } from './process/find-identity.ts';
import { findProgram } from './process/find-program.ts';
import { giveStreamsToRoot } from './process/identity.ts';
import { readAccountFiles } from './process/read-account-files.ts';
import { setExecAffinity, setScheduling } from './process/scheduling.ts';
import { RootTree } from './rootfs/root-tree.ts';
import type { RuntimeHost } from './runtime-host.ts';
import { prepareStreams } from './streams/container-streams.ts';
import { takeStreams } from './streams/take-streams.ts';
import { openTerminalHere } from './streams/terminal.ts';

const NAMESPACES = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

/** Starts a process in the namespaces and cgroups of a container whose init is `pid`. `plan.spec` is of that container. */
export async function execIn(host: RuntimeHost, pid: number, plan: LaunchPlan): Promise<Launched> {
  const runtime = await host.process(plan.stdio);
  const cgroup = setUpCgroup(plan);
  try {
    const streams = prepareStreams(runtime, plan.stdio);
    const doors = cgroup.open(runtime, pid);
    runtime.step('Processes and namespaces', `join the namespaces of process ${pid}`);
    // Nobody in the container may look into us or trace us while we enter (CVE-2016-9962).
    runtime.prctl(PR_SET_DUMPABLE, 0);
    const target = runtime.pidfdOpen(pid);
    const maps = containerMaps(plan.spec);
    // Afterwards we are root of the container's ids alone.
    if (maps) giveStreamsToRoot(runtime, { plan: plan.stdio, inside: streams.inside }, mappedRoot(maps));
    runtime.setns(target, maps ? NAMESPACES | CLONE_NEWUSER : NAMESPACES);
    const child = runtime.clone(0, { name: 'exec' });
    closeDoors(runtime, doors);
    const first = runtime.flush();
    streams.connect(runtime);
    const connected = Promise.all([first, runtime.flush()]);
    const context: InitContext = { kernel: child.kernel, plan, spec: plan.spec };
    await Promise.all([connected, enter(context, { streams, doors, cgroup })]);
    const { exited } = runtime.watch(child.pidfd);
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
  } catch (error) {
    runtime.release();
    await runtime.closed;
    throw error;
  }
}

async function enter(
  context: InitContext,
  work: {
    streams: ReturnType<typeof prepareStreams>;
    doors: CgroupDoors;
    cgroup: CgroupSetup;
  },
): Promise<void> {
  const { kernel, plan, spec } = context;
  kernel.prctl(PR_SET_PDEATHSIG, SIGKILL);
  kernel.setsid();
  setExecAffinity(context, 'initial');
  work.cgroup.enter(kernel, work.doors);
  setExecAffinity(context, 'final');
  setScheduling(kernel, spec);
  if (hasUserNamespace(spec)) {
    becomeMappedRoot(kernel);
    kernel.prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  const tree = new RootTree(kernel, openRoot(kernel));
  const socket = work.streams.terminalSocket;
  const terminal = socket === undefined ? undefined : openTerminalHere(context, tree, socket);
  const accounts = readAccountFiles(tree);
  const wanted = {
    program: spec.process?.args?.[0] ?? '',
    env: spec.process?.env ?? [],
    cwd: spec.process?.cwd ?? '/',
  };
  const program = findProgram(tree, wanted);
  const identity = await findIdentity(context, plan.identity ? accounts : undefined);
  takeStreams(context, work.streams, terminal);
  await become(context, identity, await program());
}

function openRoot(kernel: Kernel) {
  return kernel.openat(AT_FDCWD, '/', O_PATH | O_DIRECTORY);
}
