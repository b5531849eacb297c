import type { Child, Kernel } from '../../../src/kernel/index.ts';
import { CLONE_NEWNET, Netlink, runProgram, startAgent } from '../../../src/kernel/index.ts';

/** A process in a network namespace of its own that plays the host: nothing of the real one is touched. */
export interface NetworkHost extends AsyncDisposable {
  kernel: Kernel;
  /** A process in a further network namespace, as a container's. */
  newBox(): Child;
  /** Runs a program there; gives its output. Rejects on any other status than 0. */
  run(command: string, ...args: string[]): Promise<string>;
  /** The same in a box, whose own processes must be gone by the end. */
  runIn(box: Kernel, command: string, ...args: string[]): Promise<string>;
}

/** `channels`: boxes and programs that the test will start. */
export async function openNetworkHost(channels = 40): Promise<NetworkHost> {
  const agent = startAgent({ channels, stdio: ['ignore', 'ignore', 'inherit'] });
  const { kernel } = agent.kernel.clone(CLONE_NEWNET, { name: 'host' });
  new Netlink(kernel).links.enableLoopback();
  await kernel.flush();
  const boxes: Kernel[] = [];
  const runIn = async (where: Kernel, command: string, ...args: string[]) => {
    const { status, output, errors } = await runProgram(where, {
      path: '/usr/bin/env',
      argv: ['env', command, ...args],
      environment: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
    });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${errors}${output}`);
    return output;
  };
  return {
    kernel,
    newBox() {
      const box = kernel.clone(CLONE_NEWNET, { name: 'box' });
      boxes.push(box.kernel);
      return box;
    },
    run: (command, ...args) => runIn(kernel, command, ...args),
    runIn,
    async [Symbol.asyncDispose]() {
      for (const box of boxes) box.release();
      kernel.release();
      await Promise.all([...boxes, kernel].map((k) => k.closed));
      await agent.stop();
    },
  };
}
