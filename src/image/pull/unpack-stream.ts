import type { Layer, ReceivedLayer, Snapshotter } from '../snapshot/snapshotter.ts';
import { ChunkQueue } from './chunk-queue.ts';

/** Somebody who wants content while it comes, from its first byte on. */
export interface ContentSink {
  /** Ends when the chunk's memory may be used again. @throws what makes the rest of the content useless */
  write(chunk: Buffer): Promise<void>;
  /** What was written was not the content; it comes again. */
  restart(): Promise<void>;
  /** That was all, and right. */
  end(): void;
}

/** Unpacks a layer that is being downloaded, in the same pass. */
export class UnpackStream implements ContentSink {
  readonly #snapshotter: Snapshotter;
  readonly #layer: Layer;
  #queue: ChunkQueue | undefined;
  #received: Promise<ReceivedLayer> | undefined;
  #failure: { error: unknown } | undefined;

  constructor(snapshotter: Snapshotter, layer: Layer) {
    this.#snapshotter = snapshotter;
    this.#layer = layer;
  }

  async write(chunk: Buffer): Promise<void> {
    await this.#begun().push(chunk);
    if (this.#failure) throw this.#failure.error;
  }

  async restart(): Promise<void> {
    await this.discard();
    this.#queue = undefined;
    this.#received = undefined;
    this.#failure = undefined;
  }

  end(): void {
    this.#begun().end();
  }

  /** What became of it, after its end. */
  async finish(): Promise<ReceivedLayer> {
    if (!this.#received) throw new TypeError('nothing was begun');
    return await this.#received;
  }

  async discard(): Promise<void> {
    this.#queue?.end(new Error('the content is not wanted any more'));
    const received = await this.#received?.catch(() => undefined);
    await received?.discard();
  }

  #begun(): ChunkQueue {
    if (this.#queue) return this.#queue;
    const queue = new ChunkQueue();
    this.#queue = queue;
    this.#received = this.#snapshotter.receive(this.#layer, queue);
    this.#received.catch((error: unknown) => {
      if (this.#queue === queue) this.#failure = { error };
      queue.abandon();
    });
    return queue;
  }
}
