import { KeelsonError } from '../../base/index.ts';
import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, ENOENT, O_DIRECTORY, O_PATH } from '../../kernel/index.ts';
import type { ContainerChange } from '../../spec/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';
import { archiveTree, type IdChange } from '../tree/archive-tree.ts';
import { isSame } from '../tree/is-same.ts';
import { mergedTree, type TreeEntry } from '../tree/merged-folder.ts';
import { isFolder } from '../tree/read-folder.ts';
import { type TreeChange, treeChanges } from '../tree/tree-changes.ts';
import { joined, shownName } from '../unpack/entry-path.ts';

/** Where a container's files lie on the host. */
export interface ContainerFolders {
  /** What it is made over, the topmost first; where it has a copy, that alone. */
  lower: readonly string[];
  /** What it wrote. */
  upper?: string | undefined;
  /** The ids of its user namespace: what it wrote has the host's. */
  ids?: IdChange | undefined;
}

/** Descriptors of a container's layers. */
interface OpenTree {
  upper: Fd | undefined;
  lower: readonly Fd[];
  idsOf: (layer: Fd) => IdChange | undefined;
}

async function openTree(kernel: Kernel, { lower, upper, ids }: ContainerFolders): Promise<OpenTree> {
  const open = async (path: string) => {
    const fd = await kernel.openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, { allow: [ENOENT] });
    if (fd >= 0) return fd;
    throw new KeelsonError('not-found', `${path} is gone`, { code: 'SNAPSHOT_MISSING' });
  };
  const opened = upper === undefined ? undefined : await open(upper);
  const lowers: Fd[] = [];
  for (const path of lower) lowers.push(await open(path));
  // Where all is one folder, the container wrote all of it.
  const own = opened ?? lowers[0];
  return { upper: opened, lower: lowers, idsOf: (layer) => (layer === own ? ids : undefined) };
}

/** An archive of all that a container sees of its image and of what it wrote. */
export async function* exportTree(kernel: Kernel, folders: ContainerFolders): AsyncGenerator<Buffer> {
  const { upper, lower, idsOf } = await openTree(kernel, folders);
  const layers = upper === undefined ? lower : [upper, ...lower];
  yield* archiveTree(kernel, mergedTree(kernel, layers), { idsOf });
}

/**
 * What a container changed, as Docker tells it: a folder in which something changed is changed too, and what was copied but
 * is as before is not.
 */
export async function* changesOf(kernel: Kernel, folders: ContainerFolders): AsyncGenerator<ContainerChange> {
  const { upper, lower } = await openTree(kernel, folders);
  if (upper === undefined) throw noLayer('diff');
  /** Folders that are told only if something in them is. */
  const waiting: ByteString[] = [];
  for await (const change of treeChanges(kernel, { upper, lower })) {
    if (change.kind === 'opaque') continue;
    const { kind, path } = change;
    while (waiting.length > 0 && !path.startsWith(`${waiting.at(-1)}/`)) waiting.pop();
    const copied = kind === 'modified' && (await isSame(kernel, change, change.before));
    if (copied && isFolder(change.status)) waiting.push(path);
    else if (!copied) {
      for (const folder of waiting.splice(0)) yield { kind: 'modified', path: `/${folder}` };
      yield { kind, path: `/${path}` };
    }
  }
}

/** @throws KeelsonError unsupported `CHANGES_UNKNOWN` */
function noLayer(verb: string): KeelsonError {
  return new KeelsonError('unsupported', `${verb}: the container has a copy of its image, not a layer over it`, {
    code: 'CHANGES_UNKNOWN',
    hint: '`keelson export` gives all that is in it',
  });
}

/** A layer of what a container changed, for the image that it was made of. Undefined when there is nothing. */
export async function layerOf(kernel: Kernel, folders: ContainerFolders): Promise<AsyncGenerator<Buffer> | undefined> {
  const { upper, lower, idsOf } = await openTree(kernel, folders);
  if (upper === undefined) throw noLayer('commit');
  const changes = treeChanges(kernel, { upper, lower });
  const first = await changes.next();
  if (first.done) return undefined;
  const root: TreeEntry = { path: '', status: await kernel.fstat(upper), layer: upper };
  const all = (async function* () {
    yield first.value;
    yield* changes;
  })();
  return archiveTree(kernel, layerEntries(root, all), { idsOf });
}

/** Entries as a layer of the OCI format has them (layer.md of image-spec). */
async function* layerEntries(
  root: TreeEntry,
  changes: AsyncIterable<TreeChange>,
): AsyncGenerator<TreeEntry | { marker: ByteString }> {
  yield root;
  for await (const change of changes) {
    if (change.kind === 'opaque') yield { marker: `${change.path}/.wh..wh..opq` };
    else if (change.kind !== 'deleted') yield representable(change);
    else if (!change.implied) yield { marker: whiteoutName(change.path) };
  }
}

/** @throws KeelsonError unsupported `LAYER_NAME` where a name would be read as a whiteout of another */
function representable(entry: TreeEntry): TreeEntry {
  if (!/(^|\/)\.wh\.[^/]*$/.test(entry.path)) return entry;
  throw new KeelsonError('unsupported', `no layer can hold the name ${shownName(entry.path)}`, {
    code: 'LAYER_NAME',
    hint: 'names that start with .wh. tell in a layer that something was removed; remove the file or rename it',
  });
}

function whiteoutName(path: ByteString): ByteString {
  const at = path.lastIndexOf('/');
  return joined({ folder: path.slice(0, Math.max(0, at)), base: `.wh.${path.slice(at + 1)}` });
}
