import type { Kernel, Value } from '../kernel/index.ts';

/**
 * What connects one container, at the three moments of its start that matter to a network. The last two only issue calls,
 * so that they cost no round trip; what the kernel refuses stops the batch with an error that says what was refused.
 */
export interface NetworkSetup {
  /** In the host's network namespace, before the container's first process is there. */
  prepare(kernel: Kernel): Promise<void>;
  /** In the host's network namespace, once the process `child` is in a network namespace of its own. */
  onHost(kernel: Kernel, child: number | Value): void;
  /** In the container's network namespace, after `onHost` was done, with the host's /proc still in sight. */
  inContainer(kernel: Kernel): void;
}
