import type { HostCheck, HostReport } from '../../spec/index.ts';
import type { Colors } from '../text/colors.ts';
import { wrap } from '../text/wrap.ts';

/** Checks by area, a line each, and below what is missing how to get it; then what it comes to. */
export function doctorText({ checks }: HostReport, { paint, width }: { paint: Colors; width: number }): string {
  const column = Math.max(...checks.map(({ title }) => title.length)) + 6;
  const lines = [...Map.groupBy(checks, ({ area }) => area)].flatMap(([area, own]) => [
    paint.bold(area),
    ...own.flatMap((check) => checkLines(check, { paint, width, column })),
    '',
  ]);
  return `${[...lines, conclusion(checks, paint)].join('\n')}\n`;
}

function checkLines(
  check: HostCheck,
  { paint, width, column }: { paint: Colors; width: number; column: number },
): string[] {
  const { title, status, found, remedy } = check;
  const mark = { ok: paint.green('✔'), warn: paint.yellow('!'), fail: paint.red('✖') }[status];
  const margin = ' '.repeat(column);
  const [first = '', ...rest] = wrap(found, Math.max(20, width - column));
  const how = remedy === undefined ? [] : wrap(`→ ${remedy}`, Math.max(20, width - column));
  return [
    `  ${mark} ${title}${' '.repeat(column - title.length - 4)}${paint.dim(first)}`,
    ...rest.map((line) => margin + paint.dim(line)),
    ...how.map((line) => margin + line),
  ];
}

function conclusion(checks: readonly HostCheck[], paint: Colors): string {
  const failed = checks.filter(({ status }) => status === 'fail').length;
  const warned = checks.filter(({ status }) => status === 'warn').length;
  if (failed > 0)
    return paint.red(
      `Containers cannot be made here: ${failed} of what they need ${failed === 1 ? 'is' : 'are'} missing.`,
    );
  if (warned > 0)
    return `Containers can be made here; ${warned} thing${warned === 1 ? '' : 's'} marked with ! would add more.`;
  return 'Everything is there.';
}
