import type { ContainerState } from '../../spec/index.ts';
import { formatTable } from '../text/format-table.ts';
import { containerRow, HEADINGS, type RowOptions } from './container-row.ts';

const COLUMNS = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'];

/** Containers as `ps --format` asks. */
export function formatRows(states: readonly ContainerState[], format: string, options: RowOptions): string {
  const rows = states.map((state) => containerRow(state, options));
  return formatTable(rows, format, { headings: HEADINGS, columns: COLUMNS });
}
