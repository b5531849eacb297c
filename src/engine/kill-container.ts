import { signalNumber, signalProcesses, startAgent } from '../runtime/index.ts';
import type { ContainerState } from '../spec/index.ts';
import { containerCgroup } from './container-cgroup.ts';
import type { EngineContext } from './engine-context.ts';
import { isAlive } from './process-identity.ts';
import { refreshRecord } from './refresh-record.ts';
import { requireRunning } from './require-running.ts';
import type { ContainerRecord } from './store.ts';

const SIGKILL = 9;

/** Sends `signal`, a name or number, to the first process of a running container. */
export async function killContainer(
  context: EngineContext,
  reference: string,
  signal: string | number = 'KILL',
): Promise<void> {
  const number = signalNumber(signal);
  const record = requireRunning(await refreshRecord(context, context.store.find(reference)));
  await signalContainer(record, number);
}

export async function signalContainer({ state, owner }: ContainerRecord, signal: number): Promise<void> {
  await signalProcesses([state.pid], signal, () => isAlive(owner));
  if (signal === SIGKILL) await thawFrozen(state);
}

/** On cgroup v1 what somebody froze does not even die before it may go on. */
async function thawFrozen(state: ContainerState): Promise<void> {
  const cgroup = containerCgroup(state);
  if (cgroup.state() === 'running') return;
  await using agent = startAgent({ stdio: ['ignore', 'ignore', 'ignore'] });
  await cgroup.thaw(agent.kernel);
}
