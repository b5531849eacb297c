/**
 * A network of its own: `npm run example 02-network` (as root).
 *
 * A child in a new network namespace has nothing but a loopback interface, and that is down. A veth pair is a cable with
 * a plug on each end: one stays here, the other goes to the child. See network_namespaces(7), veth(4), rtnetlink(7).
 */
import { CLONE_NEWNET, type Kernel, Netlink, runProgram, startAgent } from 'keelson/kernel';

const PARENT_ADDRESS = '10.0.0.1';
const CHILD_ADDRESS = '10.0.0.2';

// A channel for the parent, one for the child and one for the ping that it runs.
await using agent = startAgent({ channels: 3 });
// The parent gets a network of its own too. In the host's, any address that we choose could be one that the host
// already uses, perhaps its gateway's, and the host would be cut off while this runs.
const parent = agent.kernel.clone(CLONE_NEWNET, { name: 'parent' });
const child = parent.kernel.clone(CLONE_NEWNET);
const parentWatch = agent.kernel.watch(parent.pidfd);
const childWatch = parent.kernel.watch(child.pidfd);

// `ip` speaks netlink to the kernel; so do we, over a socket in the process whose network is to change.
const outside = new Netlink(parent.kernel);
const inside = new Netlink(child.kernel);

await showInterfaces('child, before', inside);
await connect();
await showInterfaces('parent, after', outside);
await showInterfaces('child, after', inside);
process.exitCode = await ping(child.kernel, PARENT_ADDRESS);
// A process whose channel is closed ends. Its network goes with it, and with one end of a cable the other.
child.kernel.release();
await childWatch.exited;
parent.kernel.release();
await parentWatch.exited;

/** Lays the cable and gives both ends an address of the same network, so that no route is needed. */
async function connect(): Promise<void> {
  // One request makes both ends. The namespace of the far end is named by a process in it.
  const peer = { name: 'eth0', netns: { pid: child.pid } };
  outside.links.create({ kind: 'veth', name: 'veth0', up: true, peer });
  outside.addresses.add('veth0', `${PARENT_ADDRESS}/24`);
  // Calls gather until they are awaited. The child's must come after the parent's, which put the cable there.
  await parent.kernel.flush();

  inside.links.enableLoopback();
  inside.links.change('eth0', { up: true });
  inside.addresses.add('eth0', `${CHILD_ADDRESS}/24`);
  await child.kernel.flush();
}

/** What `ip address` prints, in short. */
async function showInterfaces(title: string, net: Netlink): Promise<void> {
  console.log(`${title}:`);
  const addresses = await net.addresses.list();
  for (const { index, name, up } of await net.links.list()) {
    const own = addresses.filter(({ link }) => link === index);
    const list = own.map(({ address, prefixLength }) => `${address}/${prefixLength}`).join(' ');
    console.log(`  ${name}: ${up ? 'up' : 'down'} ${list}`.trimEnd());
  }
}

/** Runs ping in the child's network; gives its exit status. */
async function ping(kernel: Kernel, address: string): Promise<number> {
  const argv = ['ping', '-c', '1', '-W', '2', address];
  const { status, output, errors } = await runProgram(kernel, { path: '/bin/busybox', argv });
  console.log(`child: ${argv.join(' ')}\n${output}${errors}`.trimEnd());
  return status;
}
