/** What is told of some measured times, in milliseconds. */
export interface Summary {
  runs: number;
  median: number;
  p95: number;
  fastest: number;
}

/** Nearest-rank percentiles; the median of an even number is the mean of the middle two. */
export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[Math.max(0, Math.min(sorted.length - 1, index))] ?? Number.NaN;
  const half = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? at(Math.floor(half)) : (at(half - 1) + at(half)) / 2;
  return { runs: sorted.length, median, p95: at(Math.ceil(0.95 * sorted.length) - 1), fastest: at(0) };
}
