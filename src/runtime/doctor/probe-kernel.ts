import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import type { Agent, AgentOptions, Kernel } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  MOUNT_ATTR_RDONLY,
  Netlink,
  O_WRONLY,
  OPEN_TREE_CLONE,
  runProgram,
  startAgent,
} from '../../kernel/index.ts';

/** `yes`, or why not: the code of an error, such as `EPERM`. */
export type ProbeAnswer = string;

export type NamespaceName = 'user' | 'mount' | 'pid' | 'network' | 'ipc' | 'uts' | 'cgroup' | 'time';

/** What the kernel lets this user do, found out by doing it. Nothing of it remains. */
export interface KernelProbe {
  /** The agent starts and answers. */
  agent: ProbeAnswer;
  namespaces: Readonly<Record<NamespaceName, ProbeAnswer>>;
  /** A user namespace made by somebody without privileges. */
  unprivilegedUserNamespace: ProbeAnswer;
  /** fsopen, fsmount, open_tree and mount_setattr. */
  mountCalls: ProbeAnswer;
  overlay: ProbeAnswer;
  bridge: ProbeAnswer;
  veth: ProbeAnswer;
  /** A table of nftables, made by the program whose path was given. */
  nft: ProbeAnswer;
}

export interface ProbeOptions {
  /** User id: root makes namespaces at once, anybody else within a user namespace. */
  user: number;
  /** Absolute path of the program `nft`, if there is one. */
  nft: string | undefined;
  /** Starts an agent; another one in tests. */
  start?: (options: AgentOptions) => Agent;
}

/** Makes calls in a process; it throws where the kernel refuses. */
type Attempt = (kernel: Kernel) => Promise<unknown>;

/** Tries everything that a container needs of the kernel: each in an agent of its own, which takes it along when it ends. */
export async function probeKernel(options: ProbeOptions): Promise<KernelProbe> {
  const attempt = (act: Attempt) => answer(options.start ?? startAgent, act);
  const agent = await attempt((kernel) => kernel.flush());
  const outer = options.user === 0 ? 0 : CLONE_NEWUSER;
  const within = (flags: number, act: Attempt = (kernel) => kernel.flush()) => {
    return attempt((kernel) => inChild(kernel, outer | flags, act));
  };
  const { nft } = options;
  return {
    agent,
    namespaces: {
      user: await within(CLONE_NEWUSER),
      mount: await within(CLONE_NEWNS),
      pid: await within(CLONE_NEWPID),
      network: await within(CLONE_NEWNET),
      ipc: await within(CLONE_NEWIPC),
      uts: await within(CLONE_NEWUTS),
      cgroup: await within(CLONE_NEWCGROUP),
      time: await within(CLONE_NEWTIME),
    },
    unprivilegedUserNamespace: await attempt(asNobody),
    mountCalls: await within(CLONE_NEWNS, useMountCalls),
    overlay: await within(CLONE_NEWNS, async (kernel) => await kernel.fsopen('overlay')),
    bridge: await within(CLONE_NEWNET, (kernel) => makeLink(kernel, 'bridge')),
    veth: await within(CLONE_NEWNET, (kernel) => makeLink(kernel, 'veth')),
    nft: nft === undefined ? 'ENOENT' : await within(CLONE_NEWNET, (kernel) => makeTable(kernel, nft, options)),
  };
}

async function answer(start: (options: AgentOptions) => Agent, act: Attempt): Promise<ProbeAnswer> {
  try {
    await using agent = start({ channels: 4, stdio: ['ignore', 'ignore', 'ignore'] });
    await act(agent.kernel);
    return 'yes';
  } catch (error) {
    if (isKeelsonError(error)) return error.code;
    throw error;
  }
}

/** Does it in a child in new namespaces, which end with it. */
async function inChild(kernel: Kernel, flags: number, act: Attempt): Promise<void> {
  const child = kernel.clone(flags, { name: 'probe', channels: 2 });
  await kernel.flush();
  try {
    await act(child.kernel);
  } finally {
    child.kernel.release();
  }
}

/** The id of nobody, whom no system gives privileges. */
const NOBODY = 65_534;

async function asNobody(kernel: Kernel): Promise<void> {
  // root becomes somebody else first; anybody else is without privileges already, and may not.
  kernel.setgroups([], { allow: 'any' });
  const ids = await kernel.getuid();
  if (ids === 0) {
    kernel.setresgid(NOBODY);
    kernel.setresuid(NOBODY);
  }
  await inChild(kernel, CLONE_NEWUSER, (child) => child.flush());
}

/** The calls that mounts are made with, on file systems of our own: 5.12 has the last of them. */
async function useMountCalls(kernel: Kernel): Promise<void> {
  const fs = kernel.fsopen('tmpfs');
  kernel.fsconfigCreate(fs);
  const mount = kernel.fsmount(fs, 0);
  kernel.mountSetattr(mount, '', AT_EMPTY_PATH, { set: MOUNT_ATTR_RDONLY });
  kernel.openTree(AT_FDCWD, '/', OPEN_TREE_CLONE | AT_RECURSIVE);
  await kernel.flush();
}

async function makeLink(kernel: Kernel, kind: 'bridge' | 'veth'): Promise<void> {
  const { links } = new Netlink(kernel);
  links.create(kind === 'bridge' ? { kind, name: 'probe0' } : { kind, name: 'probe0', peer: { name: 'probe1' } });
  await kernel.flush();
}

async function makeTable(kernel: Kernel, nft: string, { user }: ProbeOptions): Promise<void> {
  if (user !== 0) {
    // A program keeps the privileges of its user namespace only if it is root there.
    const map = kernel.openat(AT_FDCWD, '/proc/self/uid_map', O_WRONLY);
    kernel.write(map, `0 ${user} 1`);
    kernel.close(map);
  }
  const input =
    'add table inet keelson_probe\nadd chain inet keelson_probe c { type nat hook postrouting priority 100; }\n';
  const { status, errors } = await runProgram(kernel, { path: nft, argv: ['nft', '-f', '-'], input });
  if (status !== 0) throw new KeelsonError('internal', errors.trim(), { code: 'NFT_FAILED' });
}
