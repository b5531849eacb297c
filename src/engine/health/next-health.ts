import type { ContainerHealth, ProbeResult } from '../../spec/index.ts';
import type { HealthPlan } from './health-plan.ts';

/** Results that are kept. */
const LOG_LENGTH = 5;

/** Of a container that has just been started. */
export const NEW_HEALTH: ContainerHealth = { status: 'starting', failingStreak: 0, log: [] };

/** What is known after one more probe. `started`: of the container, milliseconds since 1970. */
export function nextHealth(
  { status, failingStreak, log }: ContainerHealth,
  result: ProbeResult,
  { plan, started }: { plan: HealthPlan; started: number },
): ContainerHealth {
  const kept = [...log, result].slice(-LOG_LENGTH);
  if (result.exitCode === 0) return { status: 'healthy', failingStreak: 0, log: kept };
  const isStarting = status === 'starting' && result.start - started < plan.startPeriod;
  const streak = isStarting ? failingStreak : failingStreak + 1;
  const isTooMuch = !isStarting && streak >= plan.retries;
  return { status: isTooMuch ? 'unhealthy' : status, failingStreak: streak, log: kept };
}

/** Milliseconds until the next probe. The first after the start period is made at its end. */
export function pauseBefore(
  { status }: ContainerHealth,
  { plan, started, now }: { plan: HealthPlan; started: number; now: number },
): number {
  const left = started + plan.startPeriod - now;
  return status === 'starting' && left > 0 ? Math.min(plan.startInterval, left) : plan.interval;
}
