import { invalid } from '../../base/index.ts';
import type { NamespaceConfig } from '../../spec/index.ts';
import { containerReference } from './container-reference.ts';

/** `--pid` */
export function pidMode(text: string): NonNullable<NamespaceConfig['pid']> {
  if (text === 'host' || text === 'private') return text;
  const other = containerReference(text);
  if (other !== undefined) return other;
  throw invalid('NAMESPACE_INVALID', 'expected host, private or container:NAME');
}

/** `--ipc` */
export function ipcMode(text: string): NonNullable<NamespaceConfig['ipc']> {
  if (text === 'host' || text === 'private' || text === 'shareable' || text === 'none') return text;
  const other = containerReference(text);
  if (other !== undefined) return other;
  throw invalid('NAMESPACE_INVALID', 'expected private, shareable, host, none or container:NAME');
}

/** `--uts` and `--cgroupns` */
export function hostOrPrivate(text: string): 'host' | 'private' {
  if (text === 'host' || text === 'private') return text;
  throw invalid('NAMESPACE_INVALID', 'expected host or private');
}
