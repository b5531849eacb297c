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
   * How often the calls changed from one process to another, which is the least number of messages to them: calls for one
   * process travel together, as far as none needs the result of one before it.
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
    roundTrips: steps.filter((step, index) => step.process !== steps[index - 1]?.process).length,
    ...(timed.length > 0 && { elapsed: Math.max(...ends) - Math.min(...starts) }),
    headings,
  };
}
