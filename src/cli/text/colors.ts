import type { Output } from '../context.ts';

export interface Colors {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** Colours on a terminal, unless NO_COLOR (no-color.org) is set or the terminal cannot; plain text everywhere else. */
export function colors(output: Output, env: Readonly<Record<string, string | undefined>>): Colors {
  const on = output.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  const paint = (start: number, end: number) => (text: string) =>
    on && text !== '' ? `\x1b[${start}m${text}\x1b[${end}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}
