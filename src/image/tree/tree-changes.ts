import type { Fd, FileStatus, Kernel } from '../../kernel/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';
import { joined } from '../unpack/entry-path.ts';
import { type MergedEntry, mergedFolder, type TreeEntry } from './merged-folder.ts';
import { isFolder, isWhiteout, readFolder } from './read-folder.ts';

/** What a container did to its image. */
export type TreeChange =
  | ({ kind: 'added' } & TreeEntry)
  | ({ kind: 'modified'; before: TreeEntry } & TreeEntry)
  /** Comes behind a folder that was made anew: nothing below it is as it was. */
  | { kind: 'opaque'; path: ByteString }
  /** `implied`: a folder that was made anew tells it already. */
  | { kind: 'deleted'; path: ByteString; implied: boolean };

/** What the runtime makes for its mounts where an image lacks it; empty, and not of the container's own doing. */
const MOUNT_PLACES: ReadonlySet<ByteString> = new Set([
  'dev',
  'proc',
  'sys',
  'etc/hosts',
  'etc/hostname',
  'etc/resolv.conf',
]);

export interface Compared {
  /** Root of the layer that the container wrote. */
  upper: Fd;
  /** Roots of the layers that it lies over, the topmost first. */
  lower: readonly Fd[];
}

interface Place extends Compared {
  folder: ByteString;
  /** A folder above hides all that is below. */
  isHidden: boolean;
}

/** In the order of names, a folder before what is in it. */
export function treeChanges(kernel: Kernel, { upper, lower }: Compared): AsyncGenerator<TreeChange> {
  return changesIn(kernel, { upper, lower, folder: '', isHidden: false });
}

async function* changesIn(kernel: Kernel, place: Place): AsyncGenerator<TreeChange> {
  const { upper, lower, folder } = place;
  const own = await readFolder(kernel, upper, folder);
  if (!own) return;
  const below = await mergedFolder(kernel, folder, lower);
  const isHidden = place.isHidden || (own.isOpaque && folder !== '');
  if (isHidden && !place.isHidden && lower.length > 0) yield { kind: 'opaque', path: folder };
  const names = new Set([...own.entries.keys(), ...(isHidden ? below.keys() : [])]);
  for (const base of [...names].sort()) {
    const path = joined({ folder, base });
    const status = own.entries.get(base);
    const before = below.get(base);
    if (status && !isWhiteout(status)) yield* changeOf(kernel, { ...place, isHidden }, { path, status, before });
    else if (before) yield { kind: 'deleted', path, implied: isHidden };
  }
}

async function* changeOf(
  kernel: Kernel,
  { upper, isHidden }: Place,
  { path, status, before }: { path: ByteString; status: FileStatus; before: MergedEntry | undefined },
): AsyncGenerator<TreeChange> {
  const isPlace = !before && MOUNT_PLACES.has(path) && (isFolder(status) || status.size === 0);
  if (isPlace) return;
  const entry = { path, status, layer: upper };
  const [below] = before?.layers ?? [];
  if (before && below !== undefined) {
    yield { kind: 'modified', ...entry, before: { path, status: before.status, layer: below } };
  } else yield { kind: 'added', ...entry };
  if (!isFolder(status)) return;
  const lower = before && isFolder(before.status) ? before.layers : [];
  yield* changesIn(kernel, { upper, lower, folder: path, isHidden: isHidden && lower.length > 0 });
}
