import type { Fd, FileStatus, Kernel } from '../../kernel/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';
import { joined } from '../unpack/entry-path.ts';
import { isFolder, isWhiteout, readFolder } from './read-folder.ts';

/** A name that an overlay of layers shows. */
export interface MergedEntry {
  status: FileStatus;
  /** Where it lies; of a folder, all that it is merged of, the topmost first. */
  layers: readonly Fd[];
}

/**
 * What an overlay of layers, the topmost first, shows in a folder. Read from the layers themselves: it takes no mount and no
 * privilege, and a layer that another overlay writes to cannot be the lower one of a second (overlayfs.rst).
 */
export async function mergedFolder(
  kernel: Kernel,
  path: ByteString,
  layers: readonly Fd[],
): Promise<Map<ByteString, MergedEntry>> {
  const shown = new Map<ByteString, { status: FileStatus; layers: Fd[] }>();
  /** Names of which nothing further down counts. */
  const closed = new Set<ByteString>();
  for (const layer of layers) {
    const folder = await readFolder(kernel, layer, path);
    for (const [name, status] of folder?.entries ?? []) {
      if (closed.has(name)) continue;
      const isMerged = isFolder(status);
      if (!isMerged) closed.add(name);
      const above = shown.get(name);
      if (above && isMerged) above.layers.push(layer);
      else if (!above && !isWhiteout(status)) shown.set(name, { status, layers: [layer] });
    }
    if (folder?.isOpaque) break;
  }
  return shown;
}

/** An entry of a tree. */
export interface TreeEntry {
  /** Below the root; empty for the root itself. */
  path: ByteString;
  status: FileStatus;
  /** The root of the layer that has it. */
  layer: Fd;
}

/** All that an overlay of layers shows, in the order of names, a folder before what is in it. */
export async function* mergedTree(
  kernel: Kernel,
  layers: readonly Fd[],
  folder: ByteString = '',
): AsyncGenerator<TreeEntry> {
  const [top] = layers;
  if (folder === '' && top !== undefined) yield { path: '', status: await kernel.fstat(top), layer: top };
  const entries = await mergedFolder(kernel, folder, layers);
  for (const [
    base,
    {
      status,
      layers: [layer, ...rest],
    },
  ] of [...entries].sort(byName)) {
    if (layer === undefined) continue;
    const path = joined({ folder, base });
    yield { path, status, layer };
    if (isFolder(status)) yield* mergedTree(kernel, [layer, ...rest], path);
  }
}

function byName([a]: readonly [ByteString, unknown], [b]: readonly [ByteString, unknown]): number {
  return a < b ? -1 : 1;
}
