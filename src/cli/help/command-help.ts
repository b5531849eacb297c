import type { Command } from '../command.ts';
import type { CliContext } from '../context.ts';
import type { Flag } from '../flags/flag.ts';
import { colors } from '../text/colors.ts';
import { paragraph, textWidth, wrap } from '../text/wrap.ts';

/** The help of one command: usage, what it does, flags by group, examples. */
export function commandHelp(command: Command, summary: string, context: Pick<CliContext, 'stdout' | 'env'>): string {
  const paint = colors(context.stdout, context.env);
  const width = textWidth(context.stdout);
  const usage = `Usage: keelson ${command.name} [FLAGS] ${command.operands.usage}`.trimEnd();
  const blocks = [usage, paragraph(`${summary}. ${command.description}`, { width, indent: 0 })];
  if (command.examples.length > 0) {
    const lines = command.examples.map(([line, what]) => `  ${paint.cyan(`keelson ${line}`)}\n      ${what}`);
    blocks.push([paint.bold('Examples:'), ...lines].join('\n'));
  }
  for (const [group, flags] of grouped(command)) {
    blocks.push([paint.bold(`${group}:`), ...flags.map(([name, flag]) => flagHelp(name, flag, width))].join('\n'));
  }
  return `${blocks.join('\n\n')}\n`;
}

/** Groups in the order in which they first appear; what has none, `--help` among them, comes last. */
function grouped(command: Command): Map<string, [string, Flag<unknown>][]> {
  const flags = Object.entries(command.flags);
  const hasGroups = flags.some(([, flag]) => flag.group !== undefined);
  const rest = hasGroups ? 'Other flags' : 'Flags';
  const sorted = flags.toSorted(([, a], [, b]) => Number(a.group === undefined) - Number(b.group === undefined));
  return Map.groupBy(sorted, ([, flag]) => flag.group ?? rest);
}

/** Where the explanations begin. */
const COLUMN = 34;

function flagHelp(name: string, flag: Flag<unknown>, width: number): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const value =
    flag.placeholder === '' ? '' : flag.bare === undefined ? ` ${flag.placeholder}` : `[=${flag.placeholder}]`;
  const left = `  ${short}--${name}${value}`;
  const lines = wrap(flag.help, Math.max(20, width - COLUMN)).map((line) => ' '.repeat(COLUMN) + line);
  if (left.length > COLUMN - 2) return [left, ...lines].join('\n');
  return [left + (lines[0] ?? '').slice(left.length), ...lines.slice(1)].join('\n');
}
