import { invalid } from '../../base/index.ts';

/** `inspect --type`: images, networks and volumes cannot be looked at yet. */
export function containerType(text: string): 'container' {
  if (text === 'container') return text;
  throw invalid('TYPE_UNKNOWN', 'expected container');
}
