import type { StepRecord } from '../../spec/index.ts';
import { summarise } from './summarise.ts';

/**
 * One JSON object a line, because the container may write to the same stream before and after: a line that begins with
 * `{"step":` is a call, the one with `{"summary":` comes last.
 */
export function explainJson(steps: readonly StepRecord[]): string {
  const lines = [...steps.map((step) => ({ step })), { summary: summarise(steps) }];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
