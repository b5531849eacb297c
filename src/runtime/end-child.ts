import { type Child, type Kernel, SIGKILL } from '../kernel/index.ts';

/**
 * Ends a child that did not come as far as its program, and takes its status in: else whoever adopts it, the host's init
 * or an engine's shim, gets a child that it knows nothing of, and one whose execve(2) failed would wait for us forever.
 */
export async function endChild(runtime: Kernel, child: Child): Promise<void> {
  // Before anything is asked of `runtime`: it may be waiting for something that the child was to send.
  child.kernel.release();
  try {
    // Nothing was born where this fails.
    await child.pid;
    await runtime.apart(() => {
      // By descriptor, so nobody else can be hit; also when it waits for something or runs already.
      runtime.pidfdSendSignal(child.pidfd, SIGKILL, { allow: 'any' });
      return runtime.waitPidfd(child.pidfd, { allow: 'any' });
    });
  } catch {
    // The runtime has gone, and the child with it; or there is none.
  }
}
