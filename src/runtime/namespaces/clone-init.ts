// host-path: /proc/PID of a process that we have just made
import { readFileSync } from 'node:fs';
import type { Child, Fd, Kernel } from '../../kernel/index.ts';
import { EPERM, SOCK_STREAM } from '../../kernel/index.ts';
import type { RuntimeSpec } from '../../spec/index.ts';
import { hasUserNamespace } from '../init-context.ts';
import { cloneFlags, NAMESPACE_FLAGS } from './clone-flags.ts';
import type { IdMapping } from './id-maps.ts';
import { joinPidNamespace, type OpenNamespace } from './join-namespaces.ts';

const HEADING = 'Processes and namespaces';

/** The container's first process in its namespaces. */
export interface Init {
  child: Child;
  /** Namespaces that it has still to join. */
  toJoin: readonly OpenNamespace[];
  /** With the mappings of a user namespace that was joined. */
  spec: RuntimeSpec;
}

/** Does it take a short-lived process between the runtime and init? */
export function needsJoiner({ linux }: RuntimeSpec): boolean {
  const joins = linux?.namespaces?.some(({ path }) => path) ?? false;
  return joins && hasUserNamespace({ ociVersion: '', linux });
}

/** The child in its new namespaces. The calls are issued; with a user namespace and a joined one they are made. */
export async function cloneInit(
  runtime: Kernel,
  spec: RuntimeSpec,
  { joined, cgroup }: { joined: readonly OpenNamespace[]; cgroup: Fd | undefined },
): Promise<Init> {
  const options = { name: 'init', ...(cgroup === undefined ? {} : { cgroup }) };
  const flags = cloneFlags(spec.linux?.namespaces ?? []);
  if (needsJoiner(spec)) return cloneByJoiner(runtime, spec, { joined, flags, options });
  joinPidNamespace(runtime, joined);
  runtime.step(HEADING, 'clone the child into its new namespaces', 'linux.namespaces');
  return { child: runtime.clone(flags, options), toJoin: joined, spec };
}

interface Birth {
  joined: readonly OpenNamespace[];
  flags: number;
  options: { name: string; cgroup?: Fd };
}

/**
 * With a user namespace the order matters. A namespace that somebody else owns can be joined only before, by root of the
 * host; new namespaces belong to the user namespace in which their maker is, so they are made after. The runtime itself
 * must stay what it is, so a process between does both. Init is the runtime's child all the same (CLONE_PARENT), which
 * watches it.
 */
async function cloneByJoiner(runtime: Kernel, spec: RuntimeSpec, { joined, flags, options }: Birth): Promise<Init> {
  runtime.step(HEADING, 'make a process that joins namespaces for the child', 'linux.namespaces');
  const [ours, theirs] = runtime.socketpair(SOCK_STREAM);
  const joiner = runtime.clone(0, { name: 'joiner' });
  runtime.close(theirs);
  runtime.close(joiner.pidfd);
  try {
    await joinAll(joiner.kernel, joined);
    const maps = findUser(joined) && readMaps(await joiner.pid);
    joiner.kernel.step(HEADING, 'clone the child into its new namespaces', 'linux.namespaces');
    const child = joiner.kernel.clone(flags, { ...options, sibling: true });
    joiner.kernel.sendDescriptor(theirs, child.pidfd);
    await child.pid;
    const pidfd = runtime.receiveDescriptor(ours);
    runtime.close(ours);
    await runtime.flush();
    const linux = { ...spec.linux, ...maps };
    return { child: { ...child, pidfd }, toJoin: [], spec: { ...spec, linux } };
  } finally {
    joiner.kernel.release();
    runtime.wait4(joiner.pid);
  }
}

/** As root of the host first; what that may not join, root of the user namespace may. */
async function joinAll(joiner: Kernel, joined: readonly OpenNamespace[]): Promise<void> {
  // The mount namespace last: afterwards paths mean something else.
  const order = ['ipc', 'uts', 'network', 'cgroup', 'time', 'pid', 'mount'] as const;
  const others = order.flatMap((type) => joined.filter(({ namespace }) => namespace.type === type));
  const user = findUser(joined);
  const tried = others.map((one) => ({ one, result: join(joiner, one, user !== undefined) }));
  await joiner.flush();
  if (!user) return;
  join(joiner, user, false);
  for (const { one, result } of tried) if ((await result) < 0) join(joiner, one, false);
}

function join(joiner: Kernel, { namespace, fd }: OpenNamespace, tryAlone: boolean) {
  joiner.step(HEADING, `join the ${namespace.type} namespace`, 'linux.namespaces');
  return joiner.setns(fd, NAMESPACE_FLAGS[namespace.type], tryAlone ? { allow: [EPERM] } : {});
}

function findUser(joined: readonly OpenNamespace[]): OpenNamespace | undefined {
  return joined.find(({ namespace }) => namespace.type === 'user');
}

/** What the user namespace of a process maps, which whoever made it has decided. */
export function readMaps(pid: number): { uidMappings: IdMapping[]; gidMappings: IdMapping[] } {
  return { uidMappings: readMap(`/proc/${pid}/uid_map`), gidMappings: readMap(`/proc/${pid}/gid_map`) };
}

function readMap(path: string): IdMapping[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const [containerID = 0, hostID = 0, size = 0] = line.trim().split(/\s+/).map(Number);
    return { containerID, hostID, size };
  });
}
