import { invalid } from './invalid.ts';

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5, the micro sign
  μs: 1e-3, // U+03BC, the Greek letter
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/** 2^63 - 1 nanoseconds: what Go's time.Duration, and so Docker's API, can hold. About 292 years. */
const LONGEST = 2 ** 63 / 1e6;

/**
 * Reads a duration as Docker's options do (Go's syntax): `10s`, `1m30s`, `1.5h`, `300ms`, `0`. Gives milliseconds, with a
 * fraction where the text has one. Negative durations are refused, for none of Docker's options means one.
 * @throws KeelsonError `DURATION_INVALID`
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  let total = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (match === null) throw durationError(text);
    total += Number(match[1]) * (MILLISECONDS[match[2] ?? ''] ?? Number.NaN);
  }
  if (text === '' || !(total < LONGEST)) throw durationError(text);
  return total;
}

function durationError(text: string): Error {
  return invalid(
    'DURATION_INVALID',
    `invalid duration: '${text}'`,
    'write numbers with units, for example 10s, 1m30s or 500ms',
  );
}

/** As Go prints a duration: `1m30s`, `1h0m0s`, `500ms`, `1.5s`, `0s`. Finer than a microsecond is not needed. */
export function showDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  if (milliseconds < 1) return `${milliseconds * 1000}µs`;
  if (milliseconds < SECOND) return `${milliseconds}ms`;
  const hours = Math.floor(milliseconds / HOUR);
  const minutes = Math.floor((milliseconds % HOUR) / MINUTE);
  const seconds = `${(milliseconds % MINUTE) / SECOND}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A length of time in the words of `docker ps`: "Less than a second", "3 seconds", "About a minute", "2 hours", "3 weeks".
 * @param milliseconds a time that has passed; a negative one (a clock set back) counts as none
 */
export function humanDuration(milliseconds: number): string {
  if (milliseconds < SECOND) return 'Less than a second';
  if (milliseconds < MINUTE) return counted(milliseconds / SECOND, 'second');
  if (milliseconds < 2 * MINUTE) return 'About a minute';
  if (milliseconds < HOUR) return counted(milliseconds / MINUTE, 'minute');
  const hours = Math.floor(milliseconds / HOUR + 0.5); // Docker rounds hours and cuts everything else.
  if (hours === 1) return 'About an hour';
  if (hours < 48) return counted(hours, 'hour');
  const days = hours / 24;
  if (days < 2 * 7) return counted(days, 'day');
  if (days < 2 * 30) return counted(days / 7, 'week');
  if (days < 2 * 365) return counted(days / 30, 'month');
  return counted(milliseconds / DAY / 365, 'year');
}

function counted(amount: number, unit: string): string {
  const whole = Math.floor(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

/** How long ago, as `docker ps` prints a creation time: "2 minutes ago". Both times in milliseconds of the same clock. */
export function humanAgo(then: number, now: number): string {
  return `${humanDuration(now - then)} ago`;
}
