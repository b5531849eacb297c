import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Descriptor, ExecutionConfig, HistoryEntry, ImageChanges, ImageConfig } from '../../spec/index.ts';
import { OCI_LAYER_GZIP } from '../../spec/index.ts';
import type { Image } from '../find-image.ts';
import { HOST_PLATFORM } from '../platform.ts';
import { ArchiveFiles } from './archive-files.ts';
import { changeConfig } from './change-config.ts';
import { type ContainerFolders, exportTree, layerOf } from './container-tree.ts';
import { type ArchiveContext, keepImage } from './image-archives.ts';

export interface CommitOptions extends ImageChanges {
  name?: string | undefined;
  /** What the container was made of; none: all that it sees becomes one layer. */
  parent: Image | undefined;
  folders: ContainerFolders;
  /** How the container was run, which is how the image's containers are. */
  config: ExecutionConfig;
  /** What the container ran, for the history. */
  command: string;
  /** Called when all that the container wrote has been read. */
  onRead?: (() => Promise<void>) | undefined;
}

/** Makes an image of a container. @returns its id */
export async function commitContainer(context: ArchiveContext, options: CommitOptions): Promise<string> {
  const { parent, author, message, command } = options;
  await using files = new ArchiveFiles(await context.store.temporaryFiles());
  // A copy holds its image's layers too.
  const isWhole = parent === undefined || options.folders.upper === undefined;
  const layer = await writeLayer(context, files, { ...options, isWhole });
  const created = new Date().toISOString();
  const step: HistoryEntry = {
    created,
    created_by: command,
    ...(author !== undefined && { author }),
    ...(message !== undefined && { comment: message }),
    ...(!layer && { empty_layer: true }),
  };
  const below = isWhole ? [] : parent.layers;
  const history = parent?.config.history?.map((former) => (isWhole ? { ...former, empty_layer: true } : former)) ?? [];
  const base: ImageConfig = {
    ...(parent?.config ?? HOST_PLATFORM),
    created,
    config: options.config,
    rootfs: { type: 'layers', diff_ids: [...below.map(({ diffId }) => diffId), ...(layer ? [layer.diffId] : [])] },
    history: [...history, step],
  };
  return await keepImage(context, {
    config: changeConfig(base, options),
    layers: [...below.map(({ blob }) => blob), ...(layer ? [layer.blob] : [])],
    name: options.name,
  });
}

/** The container's layer in the store; undefined when it changed nothing. */
async function writeLayer(
  { kernel, store }: ArchiveContext,
  files: ArchiveFiles,
  { folders, onRead, isWhole }: CommitOptions & { isWhole: boolean },
): Promise<{ blob: Descriptor; diffId: string } | undefined> {
  const archive = (await isWhole) ? exportTree(kernel, folders) : await layerOf(kernel, folders);
  if (!archive) {
    await onRead?.();
    return undefined;
  }
  const hash = createHash('sha256');
  const told = (async function* () {
    for await (const chunk of archive) {
      hash.update(chunk);
      yield chunk;
    }
    await onRead?.();
  })();
  const source = Readable.from(told, { objectMode: false, highWaterMark: 1 << 20 });
  // An error may come before anybody reads; who reads then is told of it.
  await files.addFile(
    'layer',
    pipeline(source, createGzip(), () => undefined),
  );
  const file = files.require('layer');
  await files.keep(store, file, OCI_LAYER_GZIP);
  const blob = { mediaType: OCI_LAYER_GZIP, digest: file.digest, size: file.size };
  return { blob, diffId: `sha256:${hash.digest('hex')}` };
}
