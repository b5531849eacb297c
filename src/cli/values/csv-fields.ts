import { invalid } from '../../base/index.ts';

/**
 * The fields of one line of comma-separated values (RFC 4180): `type=bind,"src=/a,b",dst=/c`. Quotes enclose a whole field
 * and are doubled inside it.
 */
export function csvFields(text: string): string[] {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const match = field.exec(text);
    if (match === null)
      throw invalid('CSV_INVALID', 'expected fields separated by commas; quotes must enclose a whole field');
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') return fields;
  }
}
