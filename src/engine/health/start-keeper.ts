import { startAgent } from '../../runtime/index.ts';
import type { HealthKeeper } from '../engine-context.ts';
import { isAlive, processIdentity } from '../process-identity.ts';
import type { HealthTable } from './health-table.ts';

/**
 * Starts the program that runs health checks where there is none, in a session of its own, with no terminal, stream or
 * folder of ours. It has its place before it begins: of several that start one at the same time one does.
 */
export async function startKeeper(
  health: HealthTable,
  { path, argv, environment }: HealthKeeper,
  root: string,
): Promise<void> {
  const seen = health.keeper();
  if (isAlive(seen)) return;
  const agent = startAgent({ stdio: ['ignore', 'ignore', 'ignore'] });
  // The program that it becomes is the same process.
  if (!health.claimKeeper(seen, processIdentity(agent.pid))) return agent[Symbol.asyncDispose]();
  await agent.kernel.depart((last) => {
    last.chdir('/');
    last.execve(path, [...argv, root], environment);
  });
}
