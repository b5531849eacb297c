import { KeelsonError } from '../../base/index.ts';
import type { Address, Child, Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_FDCWD,
  CLONE_NEWNET,
  EEXIST,
  IFA_F_PERMANENT,
  IFA_F_TENTATIVE,
  Netlink,
  NetlinkError,
  O_RDONLY,
  RT_SCOPE_UNIVERSE,
} from '../../kernel/index.ts';
import type { RuntimeSpec } from '../../spec/index.ts';
import type { OpenNamespace } from '../namespaces/join-namespaces.ts';

const HEADING = 'Network';

/** Are devices of the host moved? It takes a short-lived child, which goes where they go. */
export function hasNetDevices({ linux }: RuntimeSpec): boolean {
  return Object.keys(linux?.netDevices ?? {}).length > 0;
}

/**
 * Moves network devices of the host into the container's network namespace, new or joined (`linux.netDevices`). The
 * kernel takes addresses off and switches a device off that moves: addresses that were set for good and for everywhere
 * are given again, and it is switched on, as the specification says. MAC address and MTU stay by themselves.
 */
export async function moveNetDevices(
  runtime: Kernel,
  spec: RuntimeSpec,
  { child, joined }: { child: Child; joined: readonly OpenNamespace[] },
): Promise<void> {
  if (!hasNetDevices(spec)) return;
  runtime.step(HEADING, 'open the network namespace that devices go to', 'linux.netDevices');
  const known = joined.find(({ namespace }) => namespace.type === 'network')?.fd;
  const there = known ?? runtime.openat(AT_FDCWD, `/proc/${await child.pid}/ns/net`, O_RDONLY);
  const mover = runtime.clone(0, { name: 'network' });
  try {
    const here = mover.kernel.openat(AT_FDCWD, '/proc/self/ns/net', O_RDONLY);
    mover.kernel.setns(there, CLONE_NEWNET);
    const host = { kernel: runtime, net: new Netlink(runtime), netns: here };
    await moveAll(spec, host, { kernel: mover.kernel, net: new Netlink(mover.kernel), netns: there });
  } finally {
    // Not by exit(2): init holds a copy of its channel until it goes on, so nobody would see that close.
    mover.kernel.release();
  }
  runtime.wait4(mover.pid);
  runtime.close(mover.pidfd);
  if (known === undefined) runtime.close(there);
}

/** A network namespace: who makes calls in it, and what leads to it from the other one. */
interface Side {
  kernel: Kernel;
  net: Netlink;
  netns: Fd;
}

/** All of them or, when one cannot go, none. */
async function moveAll(spec: RuntimeSpec, host: Side, container: Side): Promise<void> {
  const moved: Device[] = [];
  try {
    for (const [name, { name: wanted }] of Object.entries(spec.linux?.netDevices ?? {})) {
      host.kernel.step(HEADING, `move ${name} to the container as ${wanted || name}`, `linux.netDevices.${name}`);
      const way = { from: host, to: container, newName: wanted || name, up: true };
      moved.push(await moveDevice(await examine(host, name), way));
    }
  } catch (error) {
    for (const device of moved.reverse()) {
      await moveDevice(device, { from: container, to: host, newName: device.originalName, up: device.wasUp });
    }
    throw error;
  }
}

interface Device {
  originalName: string;
  /** In the namespace in which it is. */
  index: number;
  addresses: readonly Address[];
  wasUp: boolean;
}

async function examine({ net }: Side, name: string): Promise<Device> {
  const link = await net.links.find(name);
  if (link === undefined) {
    throw new KeelsonError('not-found', `there is no network device ${name} on the host`, {
      code: 'NET_DEVICE_MISSING',
      hint: '`ip link` lists them',
    });
  }
  const addresses = (await net.addresses.list(link.index)).filter(isLasting);
  return { originalName: name, index: link.index, addresses, wasUp: link.up };
}

/** Set by somebody, not by a protocol that will set it again, and not for this link or host alone. */
function isLasting({ flags, scope }: Address): boolean {
  return (flags & IFA_F_PERMANENT) !== 0 && scope === RT_SCOPE_UNIVERSE;
}

interface Way {
  from: Side;
  to: Side;
  newName: string;
  /** Switch it on there. */
  up: boolean;
}

async function moveDevice(device: Device, { from, to, newName, up }: Way): Promise<Device> {
  const before = new Set((await to.net.links.list()).map(({ index }) => index));
  from.net.links.change(device.index, { up: false });
  from.net.links.move(device.index, { netns: to.netns, name: newName });
  const refused = await from.kernel.flush().then(
    () => undefined,
    (cause: unknown) => (cause instanceof NetlinkError && cause.errno === EEXIST ? nameTaken(newName, cause) : cause),
  );
  // The kernel moves first and renames then, so a device whose name is taken has gone all the same.
  const index = (await to.net.links.list()).find((link) => !before.has(link.index))?.index;
  if (refused !== undefined) {
    const gone = index === undefined ? undefined : { ...device, index };
    if (gone) await moveDevice(gone, { from: to, to: from, newName: device.originalName, up: device.wasUp });
    throw refused;
  }
  if (index === undefined) throw lost(device.originalName);
  for (const { address, prefixLength, flags } of device.addresses) {
    to.net.addresses.add(index, `${address}/${prefixLength}`, { flags: flags & ~IFA_F_TENTATIVE });
  }
  if (up) to.net.links.change(index, { up });
  await to.kernel.flush();
  return { ...device, index };
}

function lost(name: string): KeelsonError {
  return new KeelsonError('internal', `the network device ${name} left and did not arrive`, {
    code: 'NET_DEVICE_LOST',
  });
}

function nameTaken(newName: string, cause: unknown): KeelsonError {
  return new KeelsonError('conflict', `the container has a network device ${newName} already`, {
    code: 'NET_DEVICE_NAME',
    hint: 'give another name, or one that ends in %d for the next free number',
    cause,
  });
}
