import { join } from 'node:path';
import { invalid, KeelsonError } from '../base/index.ts';
import type { Agent, Kernel } from '../kernel/index.ts';
import { AT_FDCWD, EAGAIN, LOCK_EX, LOCK_NB, O_CREAT, O_RDWR, startAgent } from '../kernel/index.ts';
import type {
  ContainerChange,
  Descriptor,
  ExecutionConfig,
  ImageChanges,
  ImageDetails,
  ImageSummary,
  KeptLogin,
  LoadedImage,
  LoginRequest,
  PrunedImages,
  PulledImage,
  PullRequest,
  PushedImage,
  PushRequest,
  RemovedImage,
} from '../spec/index.ts';
import type { CommitOptions } from './archive/commit-container.ts';
import type { ContainerFolders } from './archive/container-tree.ts';
import type { ArchiveContext } from './archive/image-archives.ts';
import { BUSYBOX_CONFIG, BUSYBOX_REFERENCE, makeBusyboxImage } from './busybox/make-busybox-image.ts';
import { holdContent } from './content/collect-garbage.ts';
import { ContentStore, REFERENCE_NAME } from './content/content-store.ts';
import { PARTIAL_AGE, removePartials } from './content/remove-partials.ts';
import { diskError } from './disk-error.ts';
import type { Image } from './find-image.ts';
import { findById, findByName, imageNames, openImage } from './find-image.ts';
import type { ImageParts } from './image-parts.ts';
import { inspectImage } from './inspect-image.ts';
import { listImages } from './list-images.ts';
import { makeFolders } from './make-folders.ts';
import { type Pruning, pruneImages } from './prune-images.ts';
import { parseReference, showReference } from './reference.ts';
import type { RegistryOptions } from './registry/registry-options.ts';
import { type Removal, removeImage } from './remove-image.ts';
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
  /** How registries are reached. */
  registries?: RegistryOptions | undefined;
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
  readonly #registries: RegistryOptions;
  #making: Promise<Image> | undefined;

  constructor(options: ImageStoreOptions) {
    const { root, scratch, busybox = '/bin/busybox', startAgent: start = quietAgent, registries = {} } = options;
    this.#registries = registries;
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
    const found = await this.#find(text);
    if (found) return found;
    if (!isId(text) && showReference(parseReference(text)) === BUSYBOX_REFERENCE) return this.#makeBusyboxOnce();
    throw notFound(text, imageNames(this.#content));
  }

  async #find(text: string): Promise<Image | undefined> {
    const byName = isId(text) ? undefined : await findByName(this.#content, parseReference(text));
    if (byName) return byName;
    return /^(?:sha256:)?[0-9a-f]{1,64}$/.test(text) ? await findById(this.#content, text) : undefined;
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

  /** Gets an image from its registry; see `pullImage`. */
  async pull(request: PullRequest): Promise<PulledImage> {
    await using agent = this.#startAgent();
    const { kernel } = agent;
    const held = holdContent(kernel, this.#content);
    held.catch(() => undefined); // waited for once the registry has answered
    // Loaded when first needed, for a start of a container needs none of it.
    const { pullImage } = await import('./pull/pull-image.ts');
    const { snapshotter } = this;
    const context = { kernel, store: this.#content, held, registries: await this.#reach(), snapshotter };
    const pulled = await pullImage(context, request);
    // Where images are pulled and never removed nobody else would come by.
    await removePartials(kernel, this.#content, PARTIAL_AGE);
    return pulled;
  }

  /** Sends an image to the registry in its name; see `pushImage`. */
  async push(request: PushRequest): Promise<PushedImage> {
    const { pushImage } = await import('./push/push-image.ts');
    const image = await this.resolve(request.reference);
    await using agent = this.#startAgent();
    const { kernel } = agent;
    await holdContent(kernel, this.#content);
    return await pushImage({ kernel, store: this.#content, registries: await this.#reach() }, request, image);
  }

  /** The tags that a registry has of a name. */
  async tags(name: string, options?: { signal?: AbortSignal }): Promise<string[]> {
    const { tagsOf } = await import('./registry/ask-registry.ts');
    return await tagsOf(name, await this.#reach(), options);
  }

  /** What is attached to an image at its registry. */
  async referrers(text: string, query?: { artifactType?: string; signal?: AbortSignal }): Promise<Descriptor[]> {
    const { referrersOf } = await import('./registry/ask-registry.ts');
    return await referrersOf(text, await this.#reach(), query);
  }

  /** Tries a login and keeps it; see `logIn`. */
  async login(request: LoginRequest): Promise<KeptLogin | undefined> {
    const { logIn } = await import('./registry/log-in.ts');
    return await logIn(request, await this.#reach());
  }

  /** Forgets a login. */
  async logout(server?: string): Promise<boolean> {
    const { logOut } = await import('./registry/log-in.ts');
    return await logOut(server, await this.#reach());
  }

  async #reach(): Promise<RegistryOptions> {
    const { resolveOptions } = await import('./registry/resolve-options.ts');
    return resolveOptions(this.#registries, this.#startAgent);
  }

  /** Is an image that was found before still here? */
  holds({ manifest }: Image): boolean {
    return this.#content.index().manifests.some(({ digest }) => digest === manifest.digest);
  }

  /** The images here, the newest first. */
  list(): ImageSummary[] {
    return listImages(this.#content);
  }

  /** Gives an image one more name, which another one loses. */
  async tag(source: string, name: string): Promise<void> {
    const given = newName(name);
    const { manifest } = await this.resolve(source);
    await using agent = this.#startAgent();
    const { [REFERENCE_NAME]: _, ...annotations } = manifest.annotations ?? {};
    await this.#content.tag(agent.kernel, given, { ...manifest, annotations });
  }

  /**
   * Takes a name from an image, and the image away with its last one.
   * @param options see `Removal`
   */
  async remove(text: string, options: Pick<Removal, 'force' | 'userOf' | 'removing'>): Promise<RemovedImage> {
    const image = await this.#find(text);
    if (!image) throw notFound(text, imageNames(this.#content));
    await using agent = this.#startAgent();
    const places = { store: this.#content, snapshotter: this.snapshotter };
    return await removeImage(agent.kernel, places, { image, text, ...options });
  }

  /** @throws KeelsonError as `resolve` */
  async inspect(text: string): Promise<ImageDetails> {
    const image = await this.resolve(text);
    return inspectImage(this.#content, image, this.snapshotter.folders(image.layers));
  }

  /** One archive of images; see `saveImages`. A name means that name alone, an id none. */
  async *save(references: readonly string[]): AsyncGenerator<Buffer> {
    const { saveImages } = await import('./archive/save-images.ts');
    const wanted = new Map<string, { image: Image; names: string[] }>();
    for (const text of references) {
      const image = await this.resolve(text);
      const saved = wanted.get(image.manifest.digest) ?? { image, names: [] };
      if (!isId(text) && (await findByName(this.#content, parseReference(text)))) saved.names.push(image.name);
      wanted.set(image.manifest.digest, saved);
    }
    // Nothing is collected while it is read.
    await using agent = this.#startAgent();
    await holdContent(agent.kernel, this.#content);
    yield* saveImages(this.#content, [...wanted.values()]);
  }

  /** Takes images out of an archive or an OCI layout; see `loadArchive`. */
  async load(source: AsyncIterable<Buffer> | { folder: string }): Promise<LoadedImage[]> {
    const { loadArchive } = await import('./archive/image-archives.ts');
    await using agent = this.#startAgent();
    return await loadArchive(await this.#writing(agent.kernel), source);
  }

  /** Makes an image of one layer; answers its id. */
  async import(archive: AsyncIterable<Buffer>, options: ImageChanges & { name?: string | undefined }): Promise<string> {
    const { importArchive } = await import('./archive/image-archives.ts');
    const name = options.name === undefined ? undefined : newName(options.name);
    await using agent = this.#startAgent();
    return await importArchive(await this.#writing(agent.kernel), archive, { ...options, name });
  }

  /** Makes an image of a container; answers its id. See `commitContainer`. */
  async commit(options: CommitOptions): Promise<string> {
    const { commitContainer } = await import('./archive/commit-container.ts');
    const name = options.name === undefined ? undefined : newName(options.name);
    await using agent = this.#startAgent();
    return await commitContainer(await this.#writing(agent.kernel), { ...options, name });
  }

  /** An archive of all that a container sees. */
  async *export(folders: ContainerFolders): AsyncGenerator<Buffer> {
    const { exportTree } = await import('./archive/container-tree.ts');
    await using agent = this.#startAgent();
    yield* exportTree(agent.kernel, folders);
  }

  /** What a container changed of its image. */
  async *changes(folders: ContainerFolders): AsyncGenerator<ContainerChange> {
    const { changesOf } = await import('./archive/container-tree.ts');
    await using agent = this.#startAgent();
    yield* changesOf(agent.kernel, folders);
  }

  /** What images take on the disk. */
  async parts(): Promise<ImageParts[]> {
    const { imageParts } = await import('./image-parts.ts');
    return await imageParts(this.#content, this.snapshotter);
  }

  /** Removes images without a name, or all that are not used. */
  async prune(pruning: Pruning): Promise<PrunedImages> {
    await using agent = this.#startAgent();
    return await pruneImages(agent.kernel, { store: this.#content, snapshotter: this.snapshotter }, pruning);
  }

  /**
   * While `kernel` lives no other program mounts or unmounts images here, and nothing is collected.
   * @returns false when another one does and it is not to be waited for
   */
  async holdMounts(kernel: Kernel, { wait }: { wait: boolean }): Promise<boolean> {
    const lock = await kernel.openat(AT_FDCWD, join(this.#content.root, 'mounts.lock'), O_RDWR | O_CREAT, 0o600);
    const how = wait ? LOCK_EX : LOCK_EX | LOCK_NB;
    if ((await kernel.flock(lock, how, { allow: [EAGAIN] })) !== 0) return false;
    await holdContent(kernel, this.#content);
    return true;
  }

  async #writing(kernel: Kernel): Promise<ArchiveContext> {
    await holdContent(kernel, this.#content);
    return { kernel, store: this.#content, snapshotter: this.snapshotter };
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
    await holdContent(agent.kernel, this.#content);
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

/** @throws KeelsonError `REFERENCE_INVALID` for what cannot be given to an image */
function newName(text: string): string {
  const reference = parseReference(text);
  if (reference.digest === undefined) return showReference(reference);
  throw invalid('REFERENCE_INVALID', `${text}: a digest is no name that can be given`);
}

/** Certainly no name: half a digest can be one. */
function isId(text: string): boolean {
  return /^(?:sha256:[0-9a-f]{1,64}|[0-9a-f]{64})$/.test(text);
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
