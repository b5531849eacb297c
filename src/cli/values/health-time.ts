import { invalid, parseDuration } from '../../base/index.ts';

const NANOSECONDS = 1e6;

/** A time of a health check, in nanoseconds: `30s`, `500ms`; 0 is the image's, or the default. Docker takes no shorter ones. */
export function healthTime(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === 0 || milliseconds >= 1) return Math.round(milliseconds * NANOSECONDS);
  throw invalid('DURATION_INVALID', 'expected at least 1ms, or 0 for what the image says');
}
