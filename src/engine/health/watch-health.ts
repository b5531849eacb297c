import type { ContainerHealth, ProbeResult } from '../../spec/index.ts';
import type { HealthPlan } from './health-plan.ts';
import { pauseBefore } from './next-health.ts';

/** A container whose check is run here. */
export interface WatchedContainer {
  readonly plan: HealthPlan;
  /** Milliseconds since 1970. */
  readonly started: number;
  isRunning(): boolean;
  /** What is known so far, also by others; undefined when the container has gone. */
  health(): ContainerHealth | undefined;
  /** Never fails. With `signal` it ends at once. */
  probe(signal: AbortSignal): Promise<ProbeResult>;
  record(result: ProbeResult): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds, or with the signal. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Runs the check of a container again and again, until the container has ended or `signal` comes. */
export async function watchHealth(
  container: WatchedContainer,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  const { plan, started } = container;
  const goesOn = () => !signal.aborted && container.isRunning();
  for (;;) {
    const health = container.health();
    if (!health || !goesOn()) return;
    await clock.sleep(pauseBefore(health, { plan, started, now: clock.now() }), signal);
    if (!goesOn()) return;
    const result = await container.probe(signal);
    // A probe fails too when its container ends.
    if (!goesOn()) return;
    container.record(result);
  }
}
