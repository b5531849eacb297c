import { parseDuration } from '../../base/index.ts';
import type { Healthcheck } from '../../spec/index.ts';

const NANOSECONDS = 1e6;
/** Docker takes nothing shorter but 0, which means what is inherited. */
const SHORTEST = 1;
const TIMES: Readonly<Record<string, 'Interval' | 'Timeout' | 'StartPeriod' | 'StartInterval'>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
};

/**
 * Reads what follows HEALTHCHECK in a Dockerfile: `NONE`, or `--interval=30s --retries=3 CMD …` with a list or a text.
 * @param listOf reads the form of a list; undefined for a text
 * @throws Error with the problem alone
 */
export function readHealthcheck(text: string, listOf: (text: string) => string[] | undefined): Healthcheck {
  const check: Healthcheck = {};
  let rest = text;
  for (let match = FLAG.exec(rest); match; match = FLAG.exec(rest)) {
    const [whole, name = '', value = ''] = match;
    rest = rest.slice(whole.length);
    const time = TIMES[name];
    if (time !== undefined) check[time] = nanoseconds(name, value);
    else if (name === 'retries') check.Retries = retries(value);
    else throw new Error(`--${name} is no flag of it`);
  }
  const [, kind = '', command = ''] = /^(\S*)\s*(.*)$/s.exec(rest) ?? [];
  if (kind.toUpperCase() === 'NONE') {
    if (command !== '' || rest !== text) throw new Error('NONE stands alone');
    return { Test: ['NONE'] };
  }
  if (kind.toUpperCase() !== 'CMD' || command === '') throw new Error('it is NONE, or CMD and a command');
  const list = listOf(command);
  return { Test: list ? ['CMD', ...list] : ['CMD-SHELL', command], ...check };
}

const FLAG = /^--([a-z-]+)=(\S*)\s+/;

function nanoseconds(name: string, value: string): number {
  const milliseconds = parseDuration(value);
  if (milliseconds !== 0 && milliseconds < SHORTEST) throw new Error(`--${name} is at least 1ms, or 0`);
  return Math.round(milliseconds * NANOSECONDS);
}

function retries(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new Error('--retries is a whole number');
}
