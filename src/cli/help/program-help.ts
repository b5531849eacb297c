import type { CommandTable } from '../command.ts';
import type { CliContext } from '../context.ts';
import { colors } from '../text/colors.ts';

/** What `keelson` alone prints: every command with a line, by group. */
export function programHelp(table: CommandTable, context: Pick<CliContext, 'stdout' | 'env'>): string {
  const paint = colors(context.stdout, context.env);
  const lines = ['Usage: keelson COMMAND [FLAGS] [ARGUMENTS]', '', 'Containers on Linux, and how they are made.'];
  for (const [group, commands] of Map.groupBy(Object.entries(table), ([, { group }]) => group)) {
    lines.push('', paint.bold(`${group}:`), ...commands.map(([name, { summary }]) => `  ${name.padEnd(16)}${summary}`));
  }
  lines.push(
    '',
    paint.bold('Begin with:'),
    `  ${paint.cyan('keelson run --rm -it busybox sh')}`,
    '      A shell in a container',
    `  ${paint.cyan('keelson run --rm --explain busybox true')}`,
    '      Every system call that makes one, in order, and why',
    '',
    paint.bold('Environment:'),
    '  KEELSON_ROOT    Where containers and images are kept',
    '  KEELSON_DEBUG   1: errors with their causes and where they came from',
    '  NO_COLOR        No colours',
    '',
    'keelson COMMAND --help tells more about a command.',
  );
  return `${lines.join('\n')}\n`;
}
