import { KeelsonError } from '../../base/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';
import type { EntryPath } from './entry-path.ts';
import { joined, shownName } from './entry-path.ts';

const PREFIX = '.wh.';

/** What a marker in a layer does to the layers below (image-spec, layer.md, "Whiteouts"). */
export type Whiteout = { kind: 'remove'; base: ByteString } | { kind: 'opaque' } | { kind: 'nothing' };

/**
 * Is this entry a marker, and which?
 * @throws KeelsonError `LAYER_WHITEOUT` where a marker would hide the folder it lies in, or that folder's own
 */
export function whiteoutOf(path: EntryPath): Whiteout | undefined {
  if (!path.base.startsWith(PREFIX)) return undefined;
  const base = path.base.slice(PREFIX.length);
  if (base === `${PREFIX}.opq`) return { kind: 'opaque' };
  if (base === '' || base === '.' || base === '..') {
    throw new KeelsonError(
      'invalid',
      `layer: ${shownName(joined(path))} is a whiteout of nothing that can be removed`,
      {
        code: 'LAYER_WHITEOUT',
      },
    );
  }
  // `.wh..wh.plnk` and its like: bookkeeping of aufs, which Docker leaves out too.
  return base.startsWith(PREFIX) ? { kind: 'nothing' } : { kind: 'remove', base };
}
