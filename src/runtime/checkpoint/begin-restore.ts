import type { Fd, Kernel } from '../../kernel/index.ts';
import type { NamespaceType } from '../../spec/index.ts';
import { setUpCgroup } from '../cgroups/cgroup-setup.ts';
import { closeDoors } from '../cgroups/join-cgroup.ts';
import { enterRdt } from '../intel-rdt/enter-rdt.ts';
import { planRdt } from '../intel-rdt/plan-rdt.ts';
import { rdtHost } from '../intel-rdt/rdt-host.ts';
import type { Launched, LaunchPlan } from '../launch-plan.ts';
import { openNamespaces } from '../namespaces/join-namespaces.ts';
import type { RuntimeHost } from '../runtime-host.ts';
import { prepareStreams } from '../streams/container-streams.ts';
import { CriuProcess, type CriuProgram } from './criu-process.ts';
import { openFolder } from './resolve-in-root.ts';
import { leaveRestoredRoot, mountRestoredRoot, type RestoredRoot } from './restored-root.ts';

export interface RestorePlan
  extends Pick<LaunchPlan, 'id' | 'spec' | 'stdio' | 'cgroupPaths' | 'cgroupDriver' | 'missingCgroups' | 'adopted'> {
  program: CriuProgram;
  rootfs: string;
  /** An empty folder of ours, for a mount that criu alone sees. */
  place: string;
  /** Folders that criu is told of by descriptor. */
  folders: readonly string[];
}

/** criu as it waits in the container's cgroup, with all that it needs, for what it is to restore. */
export interface BegunRestore {
  criu: CriuProcess;
  root: RestoredRoot;
  /** Descriptors of `folders`, in the process whose child criu is. */
  folders: readonly number[];
  /** Descriptors, in criu, of namespaces that cannot be named to it by path. */
  namespaces: readonly { type: NamespaceType; fd: number }[];
  /** Passes on the outer end of the container's terminal, to where the streams lead. */
  giveTerminal(master: Fd): Promise<void>;
  /** The container that criu made, as if it had been launched. */
  supervise(pid: number): Promise<Launched>;
  /** Ends what was begun; what criu made already is in the cgroup, for whoever removes that. */
  abandon(): Promise<void>;
}

/** criu joins these by their path alone: the others are external to what it dumps. */
const BY_DESCRIPTOR: readonly NamespaceType[] = ['network', 'pid'];

/** Makes the container's cgroup and starts criu there, with the container's streams. */
export async function beginRestore(host: RuntimeHost, plan: RestorePlan): Promise<BegunRestore> {
  const runtime = await host.process(plan.stdio, 1);
  try {
    return await begin(runtime, plan);
  } catch (error) {
    runtime.release();
    await runtime.closed;
    throw error;
  }
}

async function begin(runtime: Kernel, plan: RestorePlan): Promise<BegunRestore> {
  const { spec } = plan;
  const cgroup = setUpCgroup({ ...plan, missing: plan.missingCgroups, driver: plan.cgroupDriver });
  const streams = prepareStreams(runtime, plan.stdio);
  const namespaces = openNamespaces(runtime, spec).filter(({ namespace }) => BY_DESCRIPTOR.includes(namespace.type));
  const { doors } = cgroup.create(runtime);
  const root = await mountRestoredRoot(runtime, { ...plan, cgroups: cgroup.shown() });
  // Opened behind that: criu mounts in its working folder, which must be of its own mount namespace.
  const folders = plan.folders.map((path) => openFolder(runtime, path));
  await runtime.flush();
  const criu = await CriuProcess.start(runtime, {
    program: plan.program,
    cgroup: doors.into,
    inherited: namespaces.map(({ fd }) => fd),
    async prepare(child, pid) {
      cgroup.enter(child, doors);
      await cgroup.adopt?.(runtime, pid);
    },
  });
  closeDoors(runtime, doors);
  const rdt = spec.linux?.intelRdt && planRdt(plan, rdtHost());
  if (rdt) enterRdt(runtime, rdt, await criu.pid);
  await runtime.flush();
  return {
    criu,
    root,
    folders: await Promise.all(folders),
    namespaces: await Promise.all(
      namespaces.map(async ({ namespace, fd }) => ({ type: namespace.type, fd: await fd })),
    ),
    async giveTerminal(master) {
      if (streams.terminalSocket === undefined) return;
      runtime.sendDescriptor(streams.terminalSocket, master);
      runtime.close(master);
      streams.connect(runtime);
      await runtime.flush();
    },
    async supervise(pid) {
      leaveRestoredRoot(runtime, plan.place);
      const pidfd = runtime.pidfdOpen(pid);
      const exited = plan.adopted ? new Promise<never>(() => undefined) : runtime.watch(pidfd).exited;
      await runtime.flush();
      return { pid, monitor: runtime, pidfd, exited, resize: streams.resize, cgroup };
    },
    async abandon() {
      await criu.end().catch(() => undefined);
      runtime.release();
      await runtime.closed;
    },
  };
}
