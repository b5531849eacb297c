import { releaseNetwork } from '../network/index.ts';
import { openRuntime } from '../runtime/index.ts';
import type { ContainerState } from '../spec/index.ts';
import { releaseAddresses } from './connect-network.ts';
import type { EngineContext } from './engine-context.ts';

/** The cable goes with the container's network namespace; addresses and published ports are kept on the host. */
export async function disconnect(context: EngineContext, { id, config: { network } }: ContainerState): Promise<void> {
  context.idRanges.release(id);
  if (network.mode !== 'bridge') return;
  releaseAddresses(context.addressFolder, id);
  if (network.ports.length === 0) return;
  const host = await openRuntime();
  const kernel = await host.process({ stdin: 'none', stdout: 'none', stderr: 'none' });
  try {
    await releaseNetwork(kernel, id);
  } finally {
    kernel.release();
  }
}
