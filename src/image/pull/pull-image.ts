import { KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import type { Descriptor, LayerPhase, Manifest, PulledImage, PullRequest } from '../../spec/index.ts';
import {
  CONFIG_TYPES,
  INDEX_TYPES,
  LAYER_COMPRESSIONS,
  parseImageConfig,
  parseImageIndex,
  parseManifest,
} from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import { REFERENCE_NAME } from '../content/content-store.ts';
import { joinLayers, SOURCE_DIGEST } from '../find-image.ts';
import { HOST_PLATFORM } from '../platform.ts';
import { canonicalName, parseReference, type Reference, showReference } from '../reference.ts';
import { Connections } from '../registry/connections.ts';
import { type FetchedManifest, fetchManifest } from '../registry/fetch-manifest.ts';
import { registryName } from '../registry/registry-name.ts';
import type { RegistryOptions } from '../registry/registry-options.ts';
import { RETRY_DELAY, type RegistrySession } from '../registry/registry-session.ts';
import { withRegistry } from '../registry/with-registry.ts';
import type { Layer, Snapshotter } from '../snapshot/snapshotter.ts';
import { choosePlatform, parsePlatform } from './choose-platform.ts';
import { type DownloadContext, downloadBlob } from './download-blob.ts';
import { pullLayers } from './pull-layers.ts';

/** As many as Docker: more does not help one connection, and registries do not like it. */
const PARALLEL = 3;
/** A manifest with more is not made by people. */
const MOST_LAYERS = 512;
/** Bytes of a configuration, which is read into memory. */
const LARGEST_CONFIG = 8 << 20;

export interface PullContext {
  kernel: Kernel;
  store: ContentStore;
  /** Nothing is collected from then on; the process that sees to it starts while the registry is asked. */
  held: Promise<void>;
  registries: RegistryOptions;
  snapshotter: Snapshotter;
}

/**
 * Gets an image from its registry into the store: layers are downloaded some at a time and unpacked in their order while
 * others still come. The image has its name only when everything is there.
 * @throws KeelsonError `REFERENCE_INVALID`, `REGISTRY_*`, `MANIFEST_*`, `CONTENT_*`, `IMAGE_*`, `CANCELLED`
 */
export async function pullImage(context: PullContext, request: PullRequest): Promise<PulledImage> {
  const reference = parseReference(request.reference);
  const where = registryName(reference.name);
  const { signal } = request;
  const tag = reference.digest ?? reference.tag ?? 'latest';
  await using connections = new Connections(context.registries);
  return await withRegistry(where, {
    options: context.registries,
    connections,
    first: (session) => fetchManifest(session, tag, signal),
    rest: async (session, top) => {
      await context.held;
      request.onProgress?.({ kind: 'start', tag, repository: where.repository });
      return await pullFrom(context, session, { top, reference, request });
    },
  });
}

async function pullFrom(
  context: PullContext,
  session: RegistrySession,
  { top, reference, request }: { top: FetchedManifest; reference: Reference; request: PullRequest },
): Promise<PulledImage> {
  const name = showReference(reference);
  const chosen = await chooseManifest(context, session, { ...top, request, name });
  const download: DownloadContext = {
    kernel: context.kernel,
    store: context.store,
    session,
    retryDelay: context.registries.retryDelay ?? RETRY_DELAY,
    signal: request.signal,
  };
  await downloadImage(context, download, { manifest: chosen.manifest, request, name });
  const known = context.store.index().manifests.find(({ annotations }) => annotations?.[REFERENCE_NAME] === name);
  const isNew = known?.digest !== chosen.descriptor.digest;
  const { digest } = top.descriptor;
  if (isNew || known?.annotations?.[SOURCE_DIGEST] !== digest) {
    const annotations = { ...chosen.descriptor.annotations, [SOURCE_DIGEST]: digest };
    await context.store.tag(context.kernel, name, { ...chosen.descriptor, annotations });
  }
  return { name, canonicalName: canonicalName(reference), digest, id: chosen.manifest.config.digest, isNew };
}

interface Found {
  descriptor: Descriptor;
  content: Buffer;
  document: unknown;
  request: PullRequest;
  name: string;
}

/** The manifest itself, or the one for the platform; kept in the store. */
async function chooseManifest(
  { store }: PullContext,
  session: RegistrySession,
  { descriptor, content, document, request, name }: Found,
): Promise<{ descriptor: Descriptor; manifest: Manifest }> {
  if (!INDEX_TYPES.includes(descriptor.mediaType)) {
    return { descriptor: await keep(store, descriptor, content), manifest: checked(parseManifest(document), name) };
  }
  const platform = request.platform === undefined ? HOST_PLATFORM : parsePlatform(request.platform);
  const chosen = choosePlatform(parseImageIndex(document), platform, name);
  if (store.has(chosen)) return { descriptor: chosen, manifest: checked(parseManifest(store.document(chosen)), name) };
  const fetched = await fetchManifest(session, chosen.digest, request.signal);
  if (INDEX_TYPES.includes(fetched.descriptor.mediaType)) {
    throw new KeelsonError('unsupported', `${name}: its index leads to another index`, { code: 'MANIFEST_TYPE' });
  }
  const manifest = checked(parseManifest(fetched.document), name);
  const kept = await keep(store, fetched.descriptor, fetched.content);
  return { descriptor: { ...kept, ...(chosen.platform && { platform: chosen.platform }) }, manifest };
}

/** Digests of other algorithms than the store's own are of the same bytes. */
async function keep(store: ContentStore, descriptor: Descriptor, content: Buffer): Promise<Descriptor> {
  return store.add(content, descriptor.mediaType);
}

function checked(manifest: Manifest, name: string): Manifest {
  const { config, layers } = manifest;
  if (config.size > LARGEST_CONFIG) {
    throw new KeelsonError('invalid', `${name}: its configuration has ${config.size} bytes`, { code: 'CONTENT_SIZE' });
  }
  const unknown = layers.find(({ mediaType }) => LAYER_COMPRESSIONS[mediaType] === undefined);
  if (CONFIG_TYPES.includes(config.mediaType) && !unknown && layers.length <= MOST_LAYERS) return manifest;
  const problem = unknown ? `a layer of type ${unknown.mediaType}` : `a configuration of type ${config.mediaType}`;
  throw new KeelsonError('unsupported', `${name} is no image of a container: it has ${problem}`, {
    code: 'IMAGE_TYPE',
  });
}

async function downloadImage(
  context: PullContext,
  download: DownloadContext,
  { manifest, request, name }: { manifest: Manifest; request: PullRequest; name: string },
): Promise<void> {
  const { store, registries } = context;
  await downloadBlob(download, manifest.config);
  const config = parseImageConfig(store.document(manifest.config));
  const wanted = request.platform === undefined ? HOST_PLATFORM : parsePlatform(request.platform);
  if (config.os !== wanted.os || config.architecture !== wanted.architecture) {
    const found = `${config.os}/${config.architecture}`;
    throw new KeelsonError('unsupported', `${name} is made for ${found}, not ${wanted.os}/${wanted.architecture}`, {
      code: 'IMAGE_PLATFORM',
      hint: `--platform ${found} gets it all the same`,
    });
  }
  const layers = await joinLayers(name, manifest, config);
  const tell = (layer: Layer, phase: LayerPhase, current: number) =>
    request.onProgress?.({ kind: 'layer', digest: layer.blob.digest, phase, current, total: layer.blob.size });
  // What an earlier pull has left to the kernel.
  if (layers.some(({ blob }) => !store.has(blob))) await context.snapshotter.settle(context.kernel);
  await pullLayers(layers, {
    download,
    snapshotter: context.snapshotter,
    parallel: registries.parallel ?? PARALLEL,
    tell,
  });
}
