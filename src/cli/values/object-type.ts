import { invalid } from '../../base/index.ts';

/** `inspect --type`: networks and volumes cannot be looked at there yet. */
export function objectType(text: string): 'container' | 'image' {
  if (text === 'container' || text === 'image') return text;
  throw invalid('TYPE_UNKNOWN', 'expected container or image');
}
