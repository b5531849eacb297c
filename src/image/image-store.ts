import { join } from 'node:path';
import { KeelsonError } from '../base/index.ts';
import type { Agent } from '../kernel/index.ts';
import { startAgent } from '../kernel/index.ts';
import type { ExecutionConfig } from '../spec/index.ts';
import { BUSYBOX_CONFIG, BUSYBOX_REFERENCE, makeBusyboxImage } from './busybox/make-busybox-image.ts';
import { ContentStore } from './content/content-store.ts';
import { diskError } from './disk-error.ts';
import type { Image } from './find-image.ts';
import { findById, findByName, imageNames, openImage } from './find-image.ts';
import { makeFolders } from './make-folders.ts';
import { parseReference, showReference } from './reference.ts';
import { CopySnapshotter } from './snapshot/copy-snapshotter.ts';
import { OverlaySnapshotter } from './snapshot/overlay-snapshotter.ts';
import { canHoldUpper } from './snapshot/overlay-support.ts';
import type { Snapshotter } from './snapshot/snapshotter.ts';

export interface ImageStoreOptions {
  /** The data root; made when missing. */
  root: string;
  /** Where containers write when the data root's file system cannot hold it: a folder on a tmpfs, for example. */
  scratch?: string | undefined;
  /** The host's BusyBox, statically linked. */
  busybox?: string | undefined;
  /** Starts a process for system calls; our own agent when left out. */
  startAgent?: (() => Agent) | undefined;
}

/** The images of a data root, and the roots of containers that are made of them. Readers take no lock. */
export class ImageStore {
  /** Makes containers' roots of images and folders. */
  readonly snapshotter: Snapshotter;
  readonly #content: ContentStore;
  readonly #busybox: string;
  readonly #startAgent: () => Agent;
  #making: Promise<Image> | undefined;

  constructor({ root, scratch, busybox = '/bin/busybox', startAgent: start = quietAgent }: ImageStoreOptions) {
    this.#busybox = busybox;
    this.#startAgent = start;
    this.#content = new ContentStore(root);
    this.snapshotter = openSnapshotter({ root, scratch, store: this.#content, startAgent: start });
  }

  /**
   * Finds an image by name, by `name@digest`, or by its id or the start of that. `busybox` is made when it is not there.
   * @throws KeelsonError `IMAGE_NOT_FOUND`, `IMAGE_AMBIGUOUS`, `REFERENCE_INVALID`; for busybox also `BUSYBOX_*`
   */
  async resolve(text: string): Promise<Image> {
    const isId = /^(?:sha256:[0-9a-f]{1,64}|[0-9a-f]{64})$/.test(text);
    const reference = isId ? undefined : parseReference(text);
    const found = reference && (await findByName(this.#content, reference));
    if (found) return found;
    if (reference && showReference(reference) === BUSYBOX_REFERENCE) return this.#makeBusyboxOnce();
    const byId = /^(?:sha256:)?[0-9a-f]{1,64}$/.test(text) ? await findById(this.#content, text) : undefined;
    if (byId) return byId;
    throw notFound(text, imageNames(this.#content));
  }

  /**
   * How an image is run, without making or unpacking anything.
   * @throws KeelsonError as `resolve`
   */
  async describe(text: string): Promise<ExecutionConfig> {
    const reference = parseReference(text);
    const found = await findByName(this.#content, reference);
    if (!found && showReference(reference) === BUSYBOX_REFERENCE) return BUSYBOX_CONFIG;
    return (found ?? (await this.resolve(text))).config.config ?? {};
  }

  /** Two containers that want it at once wait for the same work; two programs make the same bytes. */
  #makeBusyboxOnce(): Promise<Image> {
    this.#making ??= this.#makeBusybox().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #makeBusybox(): Promise<Image> {
    await using agent = this.#startAgent();
    const manifest = await makeBusyboxImage(agent.kernel, this.#content, this.#busybox);
    return await openImage(this.#content, manifest);
  }
}

function openSnapshotter(options: {
  root: string;
  scratch: string | undefined;
  store: ContentStore;
  startAgent: () => Agent;
}): Snapshotter {
  const { root, scratch, store } = options;
  const folder = join(root, 'snapshots');
  makeFolders(folder);
  try {
    const context = { folder, store, startAgent: options.startAgent, privileged: process.geteuid?.() === 0 };
    if (canHoldUpper(folder)) return new OverlaySnapshotter({ ...context, hidden: root });
    if (scratch !== undefined && canHoldUpper(scratch))
      return new OverlaySnapshotter({ ...context, hidden: root, scratch });
    return new CopySnapshotter(context);
  } catch (cause) {
    throw diskError('open', root, cause);
  }
}

function notFound(text: string, names: readonly string[]): KeelsonError {
  const known = [...new Set([BUSYBOX_REFERENCE, ...names])].sort().join(', ');
  return new KeelsonError('not-found', `there is no image '${text}' here`, {
    code: 'IMAGE_NOT_FOUND',
    hint: `images here: ${known}; or take a folder with --rootfs`,
  });
}

/** Its standard descriptors lead nowhere: what runs in it must not write to a terminal that a container has. */
function quietAgent(): Agent {
  return startAgent({ name: 'image', stdio: ['ignore', 'ignore', 'ignore'] });
}
