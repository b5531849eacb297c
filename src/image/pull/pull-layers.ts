import type { LayerPhase } from '../../spec/index.ts';
import { cancelled } from '../registry/send.ts';
import { isPassing } from '../snapshot/layer-folders.ts';
import type { Layer, ReceivedLayer, Snapshotter } from '../snapshot/snapshotter.ts';
import { type DownloadContext, downloadBlob } from './download-blob.ts';
import { inParallel } from './in-parallel.ts';
import { UnpackStream } from './unpack-stream.ts';

export interface LayerPull {
  download: DownloadContext;
  snapshotter: Snapshotter;
  /** Layers at a time. */
  parallel: number;
  tell: (layer: Layer, phase: LayerPhase, current: number) => void;
}

/**
 * Gets the layers that are missing, and unpacks each in the same pass, some at a time. One is published when its bytes
 * were right and those below it are there. Afterwards all are in the store and unpacked.
 */
export async function pullLayers(layers: readonly Layer[], pull: LayerPull): Promise<void> {
  const { download, snapshotter, tell } = pull;
  const published = layers.map(() => Promise.withResolvers<void>());
  for (const { promise } of published) promise.catch(() => undefined); // waited for below, by whoever comes so far
  const isNew = new Set(layers.filter(({ blob }) => !download.store.has(blob)));
  for (const layer of layers) tell(layer, isNew.has(layer) ? 'waiting' : 'exists', 0);
  const publishing: Promise<void>[] = [];
  const publish = async (received: ReceivedLayer | undefined, index: number) => {
    try {
      await published[index - 1]?.promise;
    } catch (error) {
      await received?.discard();
      throw error;
    }
    await received?.publish(layers.slice(0, index));
  };
  try {
    await inParallel(layers, pull.parallel, async (layer, index, stopped) => {
      const signal = download.signal ? AbortSignal.any([download.signal, stopped]) : stopped;
      try {
        const received = await getLayer(layer, { ...pull, download: { ...download, signal } });
        publishing.push(
          publish(received, index).then(published[index]?.resolve, (error: unknown) => {
            published[index]?.reject(error);
            throw error;
          }),
        );
        publishing.at(-1)?.catch(() => undefined);
        const last = publishing.at(-1);
        if (isNew.has(layer)) void last?.then(() => tell(layer, 'done', layer.blob.size)).catch(() => undefined);
      } catch (error) {
        published[index]?.reject(error);
        throw error;
      }
    });
  } finally {
    await Promise.allSettled(publishing);
  }
  await Promise.all(publishing);
  if (download.signal?.aborted) throw cancelled(download.signal.reason);
  // What somebody else was getting, and what came between a mount and us.
  await snapshotter.unpack(layers);
}

/** Its content is in the store afterwards; unless it is unpacked already, it is so in a draft, which the caller publishes. */
async function getLayer(layer: Layer, { download, snapshotter, tell }: LayerPull): Promise<ReceivedLayer | undefined> {
  const { blob } = layer;
  if (download.store.has(blob)) {
    return snapshotter.has(layer)
      ? undefined
      : await unlessPassing(snapshotter.receive(layer, download.store.read(blob)));
  }
  const stream = snapshotter.has(layer) ? undefined : new UnpackStream(snapshotter, layer);
  try {
    const isOurs = await downloadBlob(download, blob, {
      onBytes: (current) => tell(layer, 'downloading', current),
      sink: stream,
    });
    tell(layer, 'downloaded', blob.size);
    return stream && isOurs ? await unlessPassing(stream.finish()) : undefined;
  } catch (error) {
    await stream?.discard();
    throw error;
  }
}

async function unlessPassing(received: Promise<ReceivedLayer>): Promise<ReceivedLayer | undefined> {
  try {
    return await received;
  } catch (error) {
    if (isPassing(error)) return undefined;
    throw error;
  }
}
