import { startAgent } from '../../runtime/index.ts';
import type { HealthKeeper } from '../engine-context.ts';

/**
 * Starts the program that runs health checks, in a session of its own, with no terminal, stream or folder of ours. When
 * there is one already it goes at once.
 */
export async function startKeeper({ path, argv, environment }: HealthKeeper, root: string): Promise<void> {
  const { kernel } = startAgent({ stdio: ['ignore', 'ignore', 'ignore'] });
  await kernel.depart((last) => {
    last.chdir('/');
    last.execve(path, [...argv, root], environment);
  });
}
