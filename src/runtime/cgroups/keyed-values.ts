/** Reads `key value` lines, a "flat keyed" file (cgroup-v2.rst). What is no number is left out; `max` is Infinity. */
export function parseKeyed(text: string): Record<string, number> {
  const values: [string, number][] = [];
  for (const line of text.split('\n')) {
    const [key, value] = line.trim().split(/\s+/);
    if (key && value !== undefined) values.push([key, parseAmount(value) ?? Number.NaN]);
  }
  return Object.fromEntries(values.filter(([, value]) => !Number.isNaN(value)));
}

/** Reads `8:0 rbytes=1 wbytes=2` lines, a "nested keyed" file. */
export function parseNested(text: string): [string, Record<string, number>][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [key = '', ...pairs] = line.trim().split(/\s+/);
      return [key, parseKeyed(pairs.join('\n').replaceAll('=', ' '))];
    });
}

/** A number, or `max` for no limit, which is Infinity; undefined for anything else. */
export function parseAmount(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed === 'max') return Number.POSITIVE_INFINITY;
  return trimmed === '' || Number.isNaN(Number(trimmed)) ? undefined : Number(trimmed);
}
