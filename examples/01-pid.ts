/**
 * Processes of their own: `npm run example 01-pid` (as root).
 *
 * A child in a new pid namespace counts processes from 1 and cannot see, let alone kill, anything outside.
 * See pid_namespaces(7).
 */
import { type Child, CLONE_NEWPID, ESRCH, type Kernel, SIGKILL, SyscallError, startAgent } from 'keelson/kernel';

// Node has several threads, so it cannot safely become the child itself. A tiny program, the agent, makes the system
// calls for us. Each process we clone talks to us over a channel: one for the child and one for each of its three.
await using agent = startAgent({ channels: 4 });
const parent = agent.kernel;

const child = parent.clone(CLONE_NEWPID);
const { exited } = parent.watch(child.pidfd);
await introduce();
const children = await makeChildren(child.kernel);
await attackParent(child.kernel);
await killFirst(child.kernel, children);
await showWhoIsLeft(child.kernel, children);
// A child whose channel is closed ends. It is process 1 of its namespace, so the kernel kills all others in it too.
child.kernel.release();
await exited;

/** The same process has two numbers: a small one inside, and one outside. */
async function introduce(): Promise<void> {
  console.log(`parent: I am process ${await parent.getpid()}, my child is process ${await child.pid}`);
  // 0 stands for a process that cannot be seen from here.
  console.log(
    `child: I am process ${await child.kernel.getpid()}, my parent is process ${await child.kernel.getppid()}`,
  );
}

/** No flag is needed: children are born in the pid namespace of their parent. */
async function makeChildren(kernel: Kernel): Promise<Child[]> {
  const made = [kernel.clone(0), kernel.clone(0), kernel.clone(0)];
  for (const { kernel: grandchild } of made) {
    console.log(`  process ${await grandchild.getpid()}: my parent is process ${await grandchild.getppid()}`);
  }
  return made;
}

/** Even when told the number that the parent has outside, the child finds nobody of that number in its namespace. */
async function attackParent(kernel: Kernel): Promise<void> {
  // Not kill(getppid()): that is kill(0), which means "my whole process group", and the parent is in it.
  const outside = await parent.getpid();
  try {
    await kernel.kill(outside, SIGKILL);
    console.log(`child: I have killed my parent, process ${outside}`);
  } catch (error) {
    // A failed call tells which one it was, with its arguments, as strace would.
    if (!(error instanceof SyscallError)) throw error;
    console.log(`child: I cannot kill my parent: ${error.message}`);
  }
}

/** Its own children are in reach. */
async function killFirst(kernel: Kernel, [first]: Child[]): Promise<void> {
  if (!first) return;
  // Watch before killing. A dead child keeps its number, as a zombie, until its parent has asked how it ended.
  const watch = kernel.watch(first.pidfd);
  await kernel.kill(first.pid, SIGKILL);
  const { pid, signal } = await watch.exited;
  console.log(`child: I have killed process ${pid} with signal ${signal}`);
}

/** Signal 0 is never sent: kill(2) then only tells whether there is such a process. */
async function showWhoIsLeft(kernel: Kernel, all: Child[]): Promise<void> {
  const left: number[] = [];
  for (const { pid } of all) {
    // With `allow` an expected errno is an answer, negative as the kernel gives it, and not an exception.
    const answer = await kernel.kill(pid, 0, { allow: [ESRCH] });
    if (answer === 0) left.push(await pid);
  }
  console.log(`child: left are processes ${left.join(' and ')}`);
}
