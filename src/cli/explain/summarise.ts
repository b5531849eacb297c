import type { StepRecord } from '../../spec/index.ts';

/** What one heading took. */
export interface HeadingSummary {
  heading: string;
  calls: number;
  /** Nanoseconds spent in its calls; undefined in a dry run. */
  duration?: number;
}

export interface Summary {
  calls: number;
  processes: number;
  /**
   * Messages to the processes: calls for one process travel together, as far as none needs the result of one before it.
   * In a dry run the least number, which is how often the calls change from one process to another.
   */
  roundTrips: number;
  /** Nanoseconds from the first call's start to the last one's end; undefined in a dry run. */
  elapsed?: number;
  /** In the order in which they first appear. */
  headings: HeadingSummary[];
}

/** Counts and times of a start. */
export function summarise(steps: readonly StepRecord[]): Summary {
  const headings = Array.from(
    Map.groupBy(steps, ({ heading }) => heading),
    ([heading, own]): HeadingSummary => {
      const times = own.flatMap(({ duration }) => (duration === undefined ? [] : [duration]));
      const total = times.reduce((sum, time) => sum + time, 0);
      return { heading, calls: own.length, ...(times.length > 0 && { duration: total }) };
    },
  );
  const timed = steps.filter((step) => step.start !== undefined);
  const starts = timed.map(({ start = 0 }) => start);
  const ends = timed.map(({ start = 0, duration = 0 }) => start + duration);
  return {
    calls: steps.length,
    processes: new Set(steps.map((step) => step.process)).size,
    roundTrips: roundTrips(steps),
    ...(timed.length > 0 && { elapsed: Math.max(...ends) - Math.min(...starts) }),
    headings,
  };
}

function roundTrips(steps: readonly StepRecord[]): number {
  if (isMeasured(steps)) return new Set(steps.map(({ process, batch }) => `${batch} ${process}`)).size;
  return steps.filter((step, index) => step.process !== steps[index - 1]?.process).length;
}

/** Whether it is known of every call which message brought it. */
export function isMeasured(steps: readonly StepRecord[]): boolean {
  return steps.length > 0 && steps.every(({ batch }) => batch !== undefined);
}
