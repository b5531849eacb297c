import { wholeNumber } from './whole-number.ts';

/** `--tail`: a number of lines; undefined for `all`, and as in Docker for a negative one. */
export function tailLines(text: string): number | undefined {
  if (text === 'all') return undefined;
  const lines = wholeNumber()(text);
  return lines < 0 ? undefined : lines;
}
