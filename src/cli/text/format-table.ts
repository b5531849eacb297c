import type { GoStruct } from '../template/go-value.ts';
import { compileTemplate } from '../template/render-template.ts';
import { formatter } from './formatter.ts';
import { table } from './table.ts';

/** Rows as `--format` asks: `table`, `json`, a template for each, or a template whose tabs are columns. */
export function formatTable(
  rows: readonly GoStruct[],
  format: string,
  { headings, columns }: { headings: GoStruct; columns: readonly string[] },
): string {
  if (format === 'table' || format === '') {
    const template = compileTemplate(columns.map((name) => `{{.${name}}}`).join('\t'));
    return inColumns([headings, ...rows].map(template));
  }
  // Shells leave these as they are, so Docker does what Go would have done.
  const template = format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  if (template.startsWith('table '))
    return inColumns([headings, ...rows].map(compileTemplate(template.slice('table '.length).trim())));
  return rows.map((row) => `${formatter(template)(row)}\n`).join('');
}

function inColumns(lines: readonly string[]): string {
  return table(lines.map((line) => line.split('\t')));
}
