import type { Child, ExitEvent, Fd, Kernel } from '../kernel/index.ts';
import { findNamespace } from '../spec/index.ts';
import { enterRdt } from './intel-rdt/enter-rdt.ts';
import type { RdtPlan } from './intel-rdt/plan-rdt.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { monitor } from './monitor.ts';
import { containerMaps, type IdMaps, mappedRoot, openUserNamespace } from './namespaces/id-maps.ts';
import type { OpenNamespace } from './namespaces/join-namespaces.ts';
import { moveNetDevices } from './network/net-devices.ts';
import { giveStreamsToRoot } from './process/identity.ts';
import { raiseLimits, setOomScore } from './process/limits.ts';
import { setScheduling } from './process/scheduling.ts';
import { makeMappedRoot } from './rootfs/mapped-root.ts';
import type { ContainerStreams } from './streams/container-streams.ts';

interface OutsideWork {
  child: Child;
  plan: LaunchPlan;
  /** An eventfd: tells the child that its surroundings are there. */
  ready: Fd;
  streams: ContainerStreams;
  joined: readonly OpenNamespace[];
  rdt: RdtPlan | undefined;
  /** Through it the root goes to the child, in a user namespace. */
  socket: Fd | undefined;
}

/** What the runtime does once the child is there. */
export async function workOutside(runtime: Kernel, work: OutsideWork): Promise<{ exited: Promise<ExitEvent> }> {
  const { child, plan, ready, streams } = work;
  const maps = containerMaps(plan.spec);
  if (work.rdt) enterRdt(runtime, work.rdt, await child.pid);
  if (maps) await outsideUserNamespace(runtime, { ...work, maps });
  await moveNetDevices(runtime, plan.spec, { child, joined: work.joined });
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

/** What needs root of the host, which the container's init is not. */
async function outsideUserNamespace(runtime: Kernel, work: OutsideWork & { maps: IdMaps }): Promise<void> {
  const { child, plan, streams, socket, maps } = work;
  const owner = mappedRoot(maps);
  const isJoined = Boolean(findNamespace(plan.spec.linux?.namespaces, 'user')?.path);
  const userNamespace = await openUserNamespace(runtime, child.pid, {
    maps: isJoined ? undefined : maps,
    ordinaryUser: plan.ordinaryUser,
  });
  if (plan.root.kind === 'overlay' && socket !== undefined) {
    await makeMappedRoot(runtime, plan.root, { userNamespace, owner, socket });
  }
  runtime.close(userNamespace);
  giveStreamsToRoot(runtime, { plan: plan.stdio, inside: streams.inside }, owner);
  raiseLimits(runtime, plan.spec, child.pid);
  setScheduling(runtime, plan.spec, child.pid);
  setOomScore({ kernel: runtime, plan, spec: plan.spec }, await child.pid);
}
