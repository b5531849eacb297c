import { openRuntime } from '../runtime/index.ts';

type RuntimeHost = Awaited<ReturnType<typeof openRuntime>>;
type Process = Awaited<ReturnType<RuntimeHost['process']>>;

/** Does something that needs system calls which Node has not, in a process of its own outside the container. */
export async function withProcess<T>(work: (kernel: Process) => Promise<T>): Promise<T> {
  await using host = await openRuntime();
  const kernel = await host.process({ stdin: 'none', stdout: 'none', stderr: 'none' });
  try {
    return await work(kernel);
  } finally {
    kernel.release();
    await kernel.closed;
  }
}
