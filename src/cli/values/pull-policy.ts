import { invalid } from '../../base/index.ts';
import type { PullPolicy } from '../../spec/index.ts';

export function pullPolicy(text: string): PullPolicy {
  if (text === 'missing' || text === 'always' || text === 'never') return text;
  throw invalid('PULL_POLICY', 'expected missing, always or never');
}
