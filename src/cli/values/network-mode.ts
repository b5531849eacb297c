import { invalid } from '../../base/index.ts';
import type { NetworkConfig } from '../../spec/index.ts';
import { containerReference } from './container-reference.ts';

/** `--network`; `default` is the bridge. */
export function networkMode(text: string): NetworkConfig['mode'] {
  if (text === 'default') return 'bridge';
  if (text === 'bridge' || text === 'none' || text === 'host') return text;
  const other = containerReference(text);
  if (other !== undefined) return other;
  throw invalid('NETWORK_UNKNOWN', 'expected bridge, none, host or container:NAME');
}
