import type { ContainerState } from '../../spec/index.ts';
import type { EngineContext } from '../engine-context.ts';
import { planHealthcheck } from './health-plan.ts';

/** With what its check has found, where it has one. */
export function withHealth({ store }: EngineContext, state: ContainerState): ContainerState {
  if (!planHealthcheck(state.config.healthcheck)) return state;
  const health = store.health.find(state.id);
  if (!health) return state;
  // Docker's word for one that does not run.
  return { ...state, health: state.status === 'running' ? health : { ...health, status: 'unhealthy' } };
}
