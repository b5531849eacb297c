const MIN_WIDTH = 10;
const PADDING = 3;

/** Rows in columns as Docker lays them out: each as wide as its widest cell and three more, at least ten. */
export function table(rows: readonly (readonly string[])[]): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  // The last cell of a row ends no column, so its width counts for nobody.
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(MIN_WIDTH, ...rows.map((row) => (column < row.length - 1 ? width(row[column] ?? '') + PADDING : 0))),
  );
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join(''),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function pad(cell: string, to: number): string {
  return cell + ' '.repeat(Math.max(0, to - width(cell)));
}

/** In code points, as Go's tabwriter counts. */
function width(text: string): number {
  return [...text].length;
}
