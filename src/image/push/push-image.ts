import { invalid, KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import type { Descriptor, PushedImage, PushRequest, UploadPhase } from '../../spec/index.ts';
import { INDEX_TYPES, isForeign, parseImageIndex, parseManifest } from '../../spec/index.ts';
import { type ContentStore, REFERENCE_NAME } from '../content/content-store.ts';
import { type Image, SOURCE_DIGEST } from '../find-image.ts';
import { choosePlatform, parsePlatform } from '../pull/choose-platform.ts';
import { inParallel } from '../pull/in-parallel.ts';
import { canonicalName, parseReference, showReference } from '../reference.ts';
import { Connections } from '../registry/connections.ts';
import { registryName } from '../registry/registry-name.ts';
import type { RegistryOptions } from '../registry/registry-options.ts';
import { RETRY_DELAY } from '../registry/registry-session.ts';
import { withRegistry } from '../registry/with-registry.ts';
import { mountSources } from './mount-source.ts';
import { putManifest } from './put-manifest.ts';
import { tagReferrer } from './tag-referrer.ts';
import { hasBlob, type UploadContext, uploadBlob } from './upload-blob.ts';

/** As many as Docker. */
const PARALLEL = 5;

export interface PushContext {
  kernel: Kernel;
  store: ContentStore;
  registries: RegistryOptions;
}

/**
 * Sends an image to the registry in its name: what is not there yet, some parts at a time; then the manifests, those that others
 * name first. The registry has the tag only when it has everything.
 * @param image what has this name here
 * @throws KeelsonError `REFERENCE_INVALID`, `IMAGE_PLATFORM`, `IMAGE_PARTIAL`, `REGISTRY_*`, `CONTENT_*`, `CANCELLED`
 */
export async function pushImage(context: PushContext, request: PushRequest, image: Image): Promise<PushedImage> {
  const reference = parseReference(request.reference);
  const { tag } = reference;
  if (tag === undefined || reference.digest !== undefined) {
    throw invalid('REFERENCE_INVALID', `${request.reference}: a push goes to a tag, not to a digest`);
  }
  const { store, registries } = context;
  const where = registryName(reference.name);
  const top = choose(store, image.manifest, request);
  const parts = partsOf(store, top, image.name);
  const sources = mountSources(store, where);
  request.onProgress?.({ kind: 'start', repository: `${where.registry}/${where.repository}` });
  await using connections = new Connections(registries);
  const uploadTo = (session: UploadContext['session']): UploadContext => ({
    store,
    session,
    retryDelay: registries.retryDelay ?? RETRY_DELAY,
    chunk: registries.uploadChunk?.[where.registry],
    signal: request.signal,
  });
  const [first, ...others] = parts.blobs;
  await withRegistry(where, {
    options: registries,
    connections,
    withMirrors: false,
    // Whether the first is there also tells how the registry is reached, and whether we may push.
    first: async (session) => (first ? await hasBlob(uploadTo(session), first) : false),
    rest: async (session, isThere) => {
      const upload = uploadTo(session);
      const blobs = [
        ...(first ? [{ blob: first, isThere }] : []),
        ...others.map((blob) => ({ blob, isThere: undefined })),
      ];
      await sendBlobs(upload, blobs, { request, sources, parallel: registries.parallelUploads ?? PARALLEL });
      for (const manifest of parts.manifests) await sendManifest(upload, manifest, manifest.digest);
      await sendManifest(upload, top, tag);
    },
  });
  await noteDigest(context, image, top);
  const { digest, size } = top;
  return { name: showReference(reference), canonicalName: canonicalName(reference), tag, digest, size };
}

/** The entry itself, or of an index the manifest for the platform asked for. */
function choose(store: ContentStore, entry: Descriptor, { platform, reference }: PushRequest): Descriptor {
  if (platform === undefined || !INDEX_TYPES.includes(entry.mediaType)) return entry;
  return choosePlatform(parseImageIndex(store.document(entry)), parsePlatform(platform), reference);
}

interface Parts {
  /** Each once; configurations after the layers of their image. */
  blobs: Descriptor[];
  /** Those that others name, before them. */
  manifests: Descriptor[];
}

/** Everything that `top` needs. */
function partsOf(store: ContentStore, top: Descriptor, name: string): Parts {
  const blobs = new Map<string, Descriptor>();
  const manifests = new Map<string, Descriptor>();
  const visit = (entry: Descriptor, isTop: boolean) => {
    if (!store.has(entry)) throw partial(entry, name);
    const document = store.document(entry);
    if (INDEX_TYPES.includes(entry.mediaType)) {
      for (const manifest of parseImageIndex(document).manifests) visit(manifest, false);
    } else {
      const { config, layers } = parseManifest(document);
      for (const blob of [...layers, config]) {
        // What may not be redistributed is had from its addresses, by whoever pulls.
        if (!isForeign(blob)) blobs.set(blob.digest, blob);
      }
    }
    if (!isTop) manifests.set(entry.digest, entry);
  };
  visit(top, true);
  const missing = [...blobs.values()].find((blob) => !store.has(blob));
  if (missing) throw partial(missing, name);
  return { blobs: [...blobs.values()], manifests: [...manifests.values()] };
}

function partial({ digest, platform }: Descriptor, name: string): KeelsonError {
  const what = platform ? `its part for ${platform.os}/${platform.architecture}` : digest;
  return new KeelsonError('not-found', `${name} is not here as a whole: ${what} is missing`, {
    code: 'IMAGE_PARTIAL',
    hint: 'push one part of it with --platform, or get the rest first',
  });
}

async function sendBlobs(
  upload: UploadContext,
  blobs: readonly { blob: Descriptor; isThere: boolean | undefined }[],
  { request, sources, parallel }: { request: PushRequest; sources: Map<string, string>; parallel: number },
): Promise<void> {
  const tell = (blob: Descriptor, phase: UploadPhase, current: number, from?: string) =>
    request.onProgress?.({
      kind: 'layer',
      digest: blob.digest,
      phase,
      current,
      total: blob.size,
      ...(from !== undefined && { from }),
    });
  for (const { blob } of blobs) tell(blob, 'preparing', 0);
  await inParallel(blobs, parallel, async ({ blob, isThere }, _index, stopped) => {
    const context = { ...upload, signal: request.signal ? AbortSignal.any([request.signal, stopped]) : stopped };
    if (isThere ?? (await hasBlob(context, blob))) return tell(blob, 'exists', blob.size);
    const from = sources.get(blob.digest);
    const onBytes = (current: number) => tell(blob, 'pushing', current);
    const how = await uploadBlob(context, { descriptor: blob, from, onBytes });
    tell(blob, how, blob.size, how === 'mounted' ? from : undefined);
  });
}

/** With what it is attached to, where the registry does not find that out itself. */
async function sendManifest(upload: UploadContext, manifest: Descriptor, reference: string): Promise<void> {
  const { listsReferrers } = await putManifest(upload, manifest, reference);
  if (listsReferrers) return;
  const document = upload.store.document(manifest);
  const isIndex = INDEX_TYPES.includes(manifest.mediaType);
  const parsed = isIndex ? parseImageIndex(document) : parseManifest(document);
  if (parsed.subject === undefined) return;
  const artifactType = parsed.artifactType ?? ('config' in parsed ? parsed.config.mediaType : undefined);
  const { mediaType, digest, size } = manifest;
  const referrer = {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(parsed.annotations && { annotations: parsed.annotations }),
  };
  await tagReferrer(upload, referrer, parsed.subject.digest);
}

/** The image is known by this digest at its registry now. */
async function noteDigest({ store, kernel }: PushContext, image: Image, { digest }: Descriptor): Promise<void> {
  const { manifest, name } = image;
  if (manifest.annotations?.[SOURCE_DIGEST] === digest || name === '') return;
  const { [REFERENCE_NAME]: _, ...annotations } = manifest.annotations ?? {};
  await store.tag(kernel, name, { ...manifest, annotations: { ...annotations, [SOURCE_DIGEST]: digest } });
}
