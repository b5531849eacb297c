import type { Kernel } from '../../kernel/index.ts';
import type { Descriptor, ImageConfig, LoadedImage, Manifest } from '../../spec/index.ts';
import {
  INDEX_TYPES,
  OCI_CONFIG,
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_LAYER_ZSTD,
  OCI_MANIFEST,
  parseDockerArchive,
  parseImageConfig,
  parseImageIndex,
  parseJson,
  parseManifest,
} from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import { REFERENCE_NAME } from '../content/content-store.ts';
import { parseReference, showReference } from '../reference.ts';
import { archiveError } from './archive-error.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { compressionOf } from './decompress-stream.ts';
import { CONTAINERD_NAME } from './save-images.ts';

const LAYER_TYPES = { none: OCI_LAYER, gzip: OCI_LAYER_GZIP, zstd: OCI_LAYER_ZSTD };

interface Found {
  manifest: Descriptor;
  configDigest: string;
  names: readonly string[];
}

/**
 * Takes the images out of an archive: an OCI layout, a Docker archive, or what is both. Each has its names when all of it is
 * in the store.
 * @param check of an image, before it has a name
 * @throws KeelsonError `ARCHIVE_INVALID`, and what is wrong with a document in it
 */
export async function loadImages(
  kernel: Kernel,
  store: ContentStore,
  { files, check }: { files: ArchiveFiles; check: (manifest: Descriptor) => Promise<void> },
): Promise<LoadedImage[]> {
  const docker = await files.document('manifest.json');
  const entries = docker ? parseDockerArchive(json(docker, 'manifest.json')) : [];
  const index = await files.document('index.json');
  const isLayout = index !== undefined && files.find('oci-layout') !== undefined;
  if (!docker && !isLayout) throw archiveError('it has neither manifest.json nor index.json');
  const found: Found[] = [];
  if (isLayout) {
    const named = new Map(entries.map(({ Config, RepoTags }) => [files.find(Config)?.digest, RepoTags ?? []]));
    for (const entry of parseImageIndex(json(index, 'index.json')).manifests) {
      const image = await keepLayoutImage(store, files, entry);
      const own = nameIn(entry);
      found.push({ ...image, names: own === undefined ? (named.get(image.configDigest) ?? []) : [own] });
    }
  } else {
    for (const { Config, Layers, RepoTags } of entries) {
      const image = await keepDockerImage(store, files, { config: Config, layers: Layers });
      found.push({ ...image, names: RepoTags ?? [] });
    }
  }
  for (const { manifest } of found) await check(manifest);
  return await nameAll(kernel, store, found);
}

async function nameAll(kernel: Kernel, store: ContentStore, found: readonly Found[]): Promise<LoadedImage[]> {
  const loaded = new Map<string, LoadedImage>();
  for (const { manifest, configDigest, names } of found) {
    const { annotations: _, ...plain } = manifest;
    const familiar = names.map((name) => showReference(parseReference(name)));
    for (const name of familiar) await store.tag(kernel, name, plain);
    if (familiar.length === 0) await store.addUnnamed(kernel, plain);
    const known = loaded.get(configDigest)?.names ?? [];
    loaded.set(configDigest, { id: configDigest, names: [...new Set([...known, ...familiar])] });
  }
  return [...loaded.values()];
}

/** What the index of a layout calls a manifest: in full, as containerd has it, or as skopeo was told. */
function nameIn({ annotations }: Descriptor): string | undefined {
  const whole = annotations?.[CONTAINERD_NAME];
  const name = annotations?.[REFERENCE_NAME];
  if (whole !== undefined) return whole;
  // A tag alone says nothing about what it is a tag of.
  return name !== undefined && /[:/]/.test(name) ? name : undefined;
}

async function keepLayoutImage(
  store: ContentStore,
  files: ArchiveFiles,
  entry: Descriptor,
): Promise<{ manifest: Descriptor; configDigest: string }> {
  const byDigest = files.byDigest();
  const keep = async ({ digest, size, mediaType }: Descriptor) => {
    const file = byDigest.get(digest);
    if (file?.size === size) await files.keep(store, file, mediaType);
    else if (!store.has({ digest, size, mediaType })) throw archiveError(`the content ${digest} is missing or damaged`);
  };
  await keep(entry);
  const document = store.document(entry);
  if (!INDEX_TYPES.includes(entry.mediaType)) {
    const { config, layers } = parseManifest(document);
    for (const part of [config, ...layers]) await keep(part);
    return { manifest: entry, configDigest: config.digest };
  }
  // Of an image for several machines an archive may hold the parts for some.
  const here = parseImageIndex(document).manifests.filter(({ digest }) => byDigest.has(digest));
  const parts = [];
  for (const manifest of here) parts.push(await keepLayoutImage(store, files, manifest));
  const [first] = parts;
  if (!first) throw archiveError(`nothing of the index ${entry.digest} is there`);
  return { manifest: parts.length === 1 ? first.manifest : entry, configDigest: first.configDigest };
}

async function keepDockerImage(
  store: ContentStore,
  files: ArchiveFiles,
  image: { config: string; layers: readonly string[] },
): Promise<{ manifest: Descriptor; configDigest: string }> {
  const config = files.require(image.config);
  const text = await files.document(image.config);
  const parsed: ImageConfig = parseImageConfig(json(text ?? Buffer.alloc(0), 'the configuration'));
  const found = image.layers.map((name) => files.require(name));
  if (found.length !== parsed.rootfs.diff_ids.length)
    throw archiveError('an image has not as many layers as its configuration');
  const described: Descriptor[] = [];
  for (const file of found) {
    const mediaType = LAYER_TYPES[compressionOf(file.start)];
    await files.keep(store, file, mediaType);
    described.push({ mediaType, digest: file.digest, size: file.size });
  }
  await files.keep(store, config, OCI_CONFIG);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: config.digest, size: config.size },
    layers: described,
  };
  const descriptor = await store.add(Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST);
  const { os, architecture } = parsed;
  return { manifest: { ...descriptor, platform: { os, architecture } }, configDigest: config.digest };
}

function json(text: Buffer, document: string): unknown {
  return parseJson(text.toString(), { code: 'ARCHIVE_INVALID', document: `${document} of the archive` });
}
