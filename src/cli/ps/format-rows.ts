import type { ContainerState } from '../../spec/index.ts';
import { compileTemplate } from '../template/render-template.ts';
import { formatter } from '../text/formatter.ts';
import { table } from '../text/table.ts';
import { containerRow, HEADINGS, type RowOptions } from './container-row.ts';

const COLUMNS = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'];

/** Containers as `ps --format` asks: `table`, `json`, a template for each, or a template whose tabs are columns. */
export function formatRows(states: readonly ContainerState[], format: string, options: RowOptions): string {
  const rows = states.map((state) => containerRow(state, options));
  if (format === 'table' || format === '') {
    const template = compileTemplate(COLUMNS.map((name) => `{{.${name}}}`).join('\t'));
    return inColumns([HEADINGS, ...rows].map(template));
  }
  // Shells leave these as they are, so Docker does what Go would have done.
  const template = format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  if (template.startsWith('table '))
    return inColumns([HEADINGS, ...rows].map(compileTemplate(template.slice('table '.length).trim())));
  return rows.map((row) => `${formatter(template)(row)}\n`).join('');
}

function inColumns(lines: readonly string[]): string {
  return table(lines.map((line) => line.split('\t')));
}
