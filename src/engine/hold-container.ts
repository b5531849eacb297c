import { startAgent } from '../runtime/index.ts';
import type { ContainerState } from '../spec/index.ts';
import { containerCgroup } from './container-cgroup.ts';

/**
 * Stops every process of a container until disposal, or until this program is gone: a process of its own waits for the end of
 * a stream from here, and lets the container go on. Held for ever it could not even be killed, on cgroup v1.
 */
export async function holdContainer(state: ContainerState): Promise<AsyncDisposableStack> {
  const cgroup = containerCgroup(state);
  await using disposal = new AsyncDisposableStack();
  const { kernel } = disposal.use(startAgent({ stdio: ['ignore', 'ignore', 'ignore'] }));
  const watcher = startAgent({ stdio: ['ignore', 'ignore', 'ignore'] });
  const { socket, fd } = watcher.kernel.openStream();
  disposal.defer(() => void socket.destroy());
  await watcher.kernel.depart((last) => {
    last.read(fd, 1);
    // Nobody is there to be told of a failure.
    cgroup.thaw(last).catch(() => undefined);
  });
  disposal.defer(() => cgroup.thaw(kernel));
  await cgroup.freeze(kernel);
  return disposal.move();
}
