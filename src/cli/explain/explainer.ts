import type { StepRecord } from '../../spec/index.ts';
import type { CliContext, Output } from '../context.ts';
import { colors } from '../text/colors.ts';
import { textWidth } from '../text/wrap.ts';
import type { ExplainFormat } from '../values/explain-format.ts';
import { explainJson } from './explain-json.ts';
import { explainText } from './explain-text.ts';

/** Collects what a start does. It is printed at once and at the end, so that printing is no part of the times. */
export interface Explainer {
  add(step: StepRecord): void;
  /** Prints all steps, the first time that it is called. */
  finish(): void;
}

export function explainer(options: { format: ExplainFormat; output: Output; env: CliContext['env'] }): Explainer {
  const { format, output, env } = options;
  const steps: StepRecord[] = [];
  let finished = false;
  return {
    add: (step) => void steps.push(step),
    finish() {
      if (finished) return;
      finished = true;
      const look = { width: textWidth(output, 160), paint: colors(output, env) };
      if (steps.length > 0) output.write(format === 'json' ? explainJson(steps) : explainText(steps, look));
    },
  };
}
