import type { Child, ExitEvent, Kernel, Value } from '../kernel/index.ts';
import type { RuntimeSpec } from '../spec/index.ts';
import type { CgroupDriver } from './cgroups/cgroup-driver.ts';
import type { CgroupWarning } from './cgroups/cgroup-plan.ts';
import type { CgroupSetup } from './cgroups/cgroup-setup.ts';
import type { MissingLimits } from './cgroups/settings/plan-settings.ts';

/** Everything the runtime needs to start one container. */
export interface LaunchPlan {
  /** Names the cgroup; unique on the host. */
  id: string;
  spec: RuntimeSpec;
  root: RootPlan;
  /** Where its cgroup lies, instead of `spec.linux.cgroupsPath`: by controller, as paths of the host. */
  cgroupPaths?: Readonly<Record<string, string>> | undefined;
  /** Who makes and owns its cgroup, when it is not us. */
  cgroupDriver?: CgroupDriver | undefined;
  /** As `missing` of PlanRequest: what to do about cgroups that we may not make, and limits that cannot be set. */
  missingCgroups?: MissingLimits | undefined;
  /** We are in a user namespace ourselves, as what a rootless engine starts is. */
  insideUserNamespace?: boolean | undefined;
  /** We are an ordinary user of the host: ids besides our own are for newuidmap(1) to map. */
  ordinaryUser?: boolean | undefined;
  /** Names to look up in the root's /etc/passwd and /etc/group; without it, `spec.process.user` alone counts. */
  identity?: IdentityPlan | undefined;
  /** Set HOME from the root's /etc/passwd where the environment has none, or an empty one, as runc does. */
  setHome?: boolean | undefined;
  /** Pid 1 is the agent, which forwards signals and reaps. */
  init?: boolean;
  stdio: StdioPlan;
  network?: NetworkSetup | undefined;
  /** A folder of ours (0700) where compiled filters are kept for the next start. */
  cacheFolder?: string | undefined;
  /**
   * Whoever adopts the program once we have gone (the next subreaper) waits for it: we take no status away from them,
   * and `exited` never settles.
   */
  adopted?: boolean | undefined;
  /** The program is killed with the process that made it: when we let that go, or die. */
  endsWithUs?: boolean | undefined;
  /** Present: the container lives on without us. */
  monitor?: MonitorPlan | undefined;
  /**
   * Host path of a FIFO (0600), made if it is not there: the container is made, and its program starts once somebody has written a byte there,
   * also when we have gone by then.
   */
  gate?: string | undefined;
  /** Host path of a listening Unix socket: gets a descriptor of the process (pidfd). */
  pidfdSocket?: string | undefined;
  /** Move the root over the host's and chroot(2) into it: where pivot_root(2) cannot, on a ramfs. Less safe. */
  noPivot?: boolean | undefined;
  /** Leave the process the session keyring of whoever starts it. */
  noNewKeyring?: boolean | undefined;
  /** What hooks of `spec` find around them. */
  hooks?: HookSurroundings | undefined;
  /** Mounts of `spec` that are copied from another mount namespace (a path such as /proc/PID/ns/mnt), where they have the same path. */
  borrowedMounts?: readonly { destination: string; namespace: string }[] | undefined;
  /** Told of settings that have no effect here, before the container starts. */
  onWarning?: ((warning: CgroupWarning) => void) | undefined;
  /** Sources of binds that are made, as folders, before the start that is only planned now. */
  sourcesToCome?: readonly string[] | undefined;
  /** Which flag caused a field: `{ hostname: '--hostname' }`, by the field's path in the spec. For `--explain`. */
  because?: Readonly<Record<string, string>>;
}

/** What becomes the container's `/`. */
export type RootPlan =
  | { kind: 'folder'; path: string }
  /** `lower`: topmost first. Mounted inside the container's own mount namespace, so it goes when that goes. */
  | { kind: 'overlay'; lower: readonly string[]; upper: string; work: string };

export interface HookSurroundings {
  /** The absolute path that the container's state names. */
  bundle: string;
  /** Where the runtime's hooks run. */
  folder: string;
  /** Of the runtime: for those of its hooks that have none of their own, as with runc. */
  environment: readonly string[];
}

export interface IdentityPlan {
  /** `user`, `uid`, `user:group`, `uid:gid`; empty: root. */
  user: string;
  /** Supplementary groups by name or number. */
  groups: readonly string[];
}

/** `agent`: the agent's own descriptor (0, 1, 2). `stream`: a socket of this program. */
export type StdioEnd = 'none' | 'agent' | 'stream';

export interface StdioPlan {
  /** A pseudo-terminal of this size. */
  terminal?: { columns: number; rows: number } | undefined;
  /** Host path: gets everything that is written, as struct log_record (native/frame.h). */
  log?: string | undefined;
  stdin: StdioEnd;
  stdout: StdioEnd;
  stderr: StdioEnd;
  /** Which of the agent's own descriptors are known to be terminals; to those it writes in large pieces. */
  ownTerminals?: readonly (1 | 2)[] | undefined;
  /** Hand the agent's descriptors to the container themselves: no pump, no log. */
  direct?: boolean;
  /** Those of them that lead to /dev/null. */
  nullStreams?: readonly number[] | undefined;
  /** Host path of a listening Unix socket: gets the outer end of the terminal, which is then its business (SCM_RIGHTS). */
  consoleSocket?: string | undefined;
  /** So many descriptors of ours from 3 on are the container's too. */
  preservedDescriptors?: number | undefined;
}

export interface MonitorPlan {
  /** A folder of ours (0700): gets `exit` (24 bytes, struct exit_event) and `monitor.sock` (agent channel). */
  folder: string;
  /**
   * Program to run when the container has gone and the engine has let go: removes what is left of it. The monitor becomes
   * it, in a session of its own, in `/`, with the agent's descriptors 0 to 2.
   */
  cleanup?: { path: string; argv: readonly string[]; environment: readonly string[] } | undefined;
}

/** What connects a container: calls issued on the host's side once the child is there, and inside it. */
export interface NetworkSetup {
  /** On the host's side, before the child is there; may ask and wait. */
  prepare(kernel: Kernel): Promise<void>;
  onHost(kernel: Kernel, child: Child['pid']): void;
  inContainer(kernel: Kernel): void;
}

/** A container that was started. */
export interface Launched {
  /** Of init, in the host's pid namespace. */
  pid: number;
  /** The process outside the namespaces that started it and waits for it. */
  monitor: Kernel;
  pidfd: Value;
  /** After all output was moved. */
  exited: Promise<ExitEvent>;
  /** Where `stream` was asked for. */
  stdin?: import('node:net').Socket;
  stdout?: import('node:net').Socket;
  stderr?: import('node:net').Socket;
  resize(columns: number, rows: number): Promise<void>;
  cgroup: CgroupSetup;
}
