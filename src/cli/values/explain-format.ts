import { invalid } from '../../base/index.ts';

export type ExplainFormat = 'text' | 'json';

/** `--explain[=text|json]` */
export function explainFormat(text: string): ExplainFormat {
  if (text === 'text' || text === 'json') return text;
  throw invalid('EXPLAIN_FORMAT', 'expected text or json');
}
