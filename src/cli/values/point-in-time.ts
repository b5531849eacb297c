import { invalid, parseDuration } from '../../base/index.ts';

const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(Z|[+-]\d{2}:\d{2})?$/i;

/**
 * Makes a parser of `--since` and `--until`: `42m` ago, `2026-01-02T13:23:37Z`, `2026-01-02`, or seconds since 1970. A date
 * without a zone is of the local one. Gives milliseconds since 1970.
 * @param now milliseconds since 1970
 */
export function pointInTime(now: () => number): (text: string) => number {
  return (text) => {
    const time = secondsSince1970(text) ?? date(text) ?? ago(text, now());
    if (time !== undefined) return time;
    throw invalid('TIME_INVALID', 'expected a time such as 42m (ago), 2026-01-02T13:23:37Z or seconds since 1970');
  };
}

function secondsSince1970(text: string): number | undefined {
  return /^\d{1,12}(\.\d{1,9})?$/.test(text) ? Number(text) * 1000 : undefined;
}

function date(text: string): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, day, minutes = '00:00', seconds = '00', fraction = '0', zone = ''] = match;
  const time = Date.parse(`${day}T${minutes}:${seconds}${zone.toUpperCase()}`);
  return Number.isNaN(time) ? undefined : time + Number(`0.${fraction}`) * 1000;
}

function ago(text: string, now: number): number | undefined {
  try {
    return now - parseDuration(text);
  } catch {
    return undefined;
  }
}
