/** Breaks text into lines of at most `width` characters, at white space; a longer word gets a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Text wrapped and indented, as one string without a line break at its end. */
export function paragraph(text: string, options: { width: number; indent: number }): string {
  const margin = ' '.repeat(options.indent);
  return wrap(text, Math.max(20, options.width - options.indent))
    .map((line) => margin + line)
    .join('\n');
}

/** How wide text may be: the terminal's width, no more than is comfortable to read. */
export function textWidth(output: { columns?: number | undefined }, most = 100): number {
  return Math.min(most, Math.max(40, output.columns ?? most));
}
