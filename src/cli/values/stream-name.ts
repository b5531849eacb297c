import { invalid } from '../../base/index.ts';

export type StreamName = 'stdin' | 'stdout' | 'stderr';

/** `-a stdout`, in any case. */
export function streamName(text: string): StreamName {
  const name = text.toLowerCase();
  if (name === 'stdin' || name === 'stdout' || name === 'stderr') return name;
  throw invalid('STREAM_INVALID', 'expected stdin, stdout or stderr');
}
