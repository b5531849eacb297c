import type { Kernel } from '../runtime/index.ts';
import type { OciContext } from './oci-context.ts';

/** Does something that needs system calls which Node has not, in a process outside the container. */
export async function withProcess<T>(context: OciContext, work: (kernel: Kernel) => Promise<T>): Promise<T> {
  await using host = await context.openRuntime();
  if (host.own) return await work(host.own);
  const kernel = await host.process({ stdin: 'none', stdout: 'none', stderr: 'none' });
  try {
    return await work(kernel);
  } finally {
    kernel.release();
    await kernel.closed;
  }
}
