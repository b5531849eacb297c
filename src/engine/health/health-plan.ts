import { invalid } from '../../base/index.ts';
import type { ContainerConfig, ExecutionConfig, Healthcheck } from '../../spec/index.ts';

/** A health check with everything that was left out, as Docker fills it in. Times in milliseconds. */
export interface HealthPlan {
  /** A program and its arguments, or for the image's shell one text. */
  words: readonly string[];
  shell: boolean;
  /** From the end of a probe to the start of the next, and before the first. */
  interval: number;
  timeout: number;
  /** So long after the start of a container that never was healthy failures do not count. */
  startPeriod: number;
  /** Instead of `interval` in that period. */
  startInterval: number;
  retries: number;
}

const MILLISECOND = 1e6;
const SECOND = 1000;
const KINDS = ['NONE', 'CMD', 'CMD-SHELL'];

/** What is to be done for a check; undefined where there is none, or one of a kind that nobody knows, as Docker has it. */
export function planHealthcheck(check: Healthcheck | undefined): HealthPlan | undefined {
  const [kind, ...words] = check?.Test ?? [];
  if ((kind !== 'CMD' && kind !== 'CMD-SHELL') || words.length === 0) return undefined;
  const time = (nanoseconds: number | undefined, otherwise: number) =>
    nanoseconds ? Math.max(1, nanoseconds / MILLISECOND) : otherwise;
  return {
    words,
    shell: kind === 'CMD-SHELL',
    interval: time(check?.Interval, 30 * SECOND),
    timeout: time(check?.Timeout, 30 * SECOND),
    startPeriod: time(check?.StartPeriod, 0),
    startInterval: time(check?.StartInterval, 5 * SECOND),
    retries: check?.Retries || 3,
  };
}

/**
 * With what the image says in the place of what was not asked for.
 * @throws KeelsonError invalid `HEALTHCHECK_INVALID`
 */
export function withHealthcheck(config: ContainerConfig, image: ExecutionConfig | undefined): ContainerConfig {
  const { healthcheck: asked } = config;
  if (asked) refuseInvalid(asked);
  const check = merge(asked, image?.Healthcheck);
  return check === asked ? config : { ...config, healthcheck: check };
}

/** 0 and an empty list are left out too. */
function merge(asked: Healthcheck | undefined, image: Healthcheck | undefined): Healthcheck | undefined {
  if (!asked || !image) return asked ?? image;
  return {
    Test: asked.Test?.length ? asked.Test : image.Test,
    Interval: asked.Interval || image.Interval,
    Timeout: asked.Timeout || image.Timeout,
    StartPeriod: asked.StartPeriod || image.StartPeriod,
    StartInterval: asked.StartInterval || image.StartInterval,
    Retries: asked.Retries || image.Retries,
  };
}

function refuseInvalid({ Test = [], Retries = 0, ...times }: Healthcheck): void {
  const [kind, ...words] = Test;
  if (kind !== undefined && (!KINDS.includes(kind) || (kind !== 'NONE' && words.length === 0))) {
    throw refused(`Test is ['NONE'], ['CMD', program, …] or ['CMD-SHELL', text], not ${JSON.stringify(Test)}`);
  }
  if (!Number.isInteger(Retries) || Retries < 0) throw refused(`Retries is a whole number, not ${Retries}`);
  for (const [name, time = 0] of Object.entries(times)) {
    if (time !== 0 && !(time >= MILLISECOND))
      throw refused(`${name} is at least a millisecond (1e6), or 0; not ${time}`);
  }
}

function refused(problem: string): Error {
  return invalid('HEALTHCHECK_INVALID', `the health check cannot be run: ${problem}`, 'times are in nanoseconds');
}
