/** Nanoseconds in three digits: `850 ns`, `35.1 µs`, `2.70 ms`. */
export function formatTime(nanoseconds: number): string {
  if (nanoseconds < 1000) return `${Math.round(nanoseconds)} ns`;
  if (nanoseconds < 999_500) return `${(nanoseconds / 1000).toPrecision(3)} µs`;
  if (nanoseconds < 999_500_000) return `${(nanoseconds / 1e6).toPrecision(3)} ms`;
  return `${(nanoseconds / 1e9).toPrecision(3)} s`;
}
