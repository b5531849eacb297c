import { invalid } from '../../base/index.ts';
import type { ProbeResult } from '../../spec/index.ts';
import type { EngineContext } from '../engine-context.ts';
import { refreshRecord } from '../refresh-record.ts';
import { requireRunning } from '../require-running.ts';
import { planHealthcheck } from './health-plan.ts';
import { nextHealth } from './next-health.ts';
import { probeContainer } from './probe-container.ts';

/** Runs a container's check once, now. What it finds counts as if its time had come. */
export async function checkHealth(context: EngineContext, reference: string): Promise<ProbeResult> {
  const { state } = requireRunning(await refreshRecord(context, context.store.find(reference)));
  const plan = planHealthcheck(state.config.healthcheck);
  if (!plan) {
    throw invalid(
      'HEALTHCHECK_MISSING',
      `container ${state.name} has no health check`,
      'give it one with --health-cmd when it is started',
    );
  }
  const result = await probeContainer(context, { state, plan });
  const started = state.started ?? 0;
  context.store.health.change(state.id, (before) => nextHealth(before, result, { plan, started }));
  return result;
}
