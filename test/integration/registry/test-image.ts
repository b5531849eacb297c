import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { writeTar } from '../../../src/image/tar/tar-writer.ts';
import {
  DOCKER_CONFIG,
  DOCKER_LAYER_GZIP,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_LAYER_ZSTD,
  OCI_MANIFEST,
} from '../../../src/spec/index.ts';

export type ImageForm = 'gzip' | 'zstd' | 'none' | 'docker';

interface Part {
  mediaType: string;
  digest: string;
  size: number;
  platform?: { os: string; architecture: string };
}

/** An image that exists as bytes alone. */
export interface TestImage {
  manifest: Part;
  config: Part;
  layers: Part[];
  /** By digest. */
  blobs: Map<string, Buffer>;
}

const LAYER_TYPES = { gzip: OCI_LAYER_GZIP, zstd: OCI_LAYER_ZSTD, none: OCI_LAYER, docker: DOCKER_LAYER_GZIP };

const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Bytes that do not compress, the same for the same seed. */
export function noise(size: number, seed: string): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i * 32 < size; i++) parts.push(createHash('sha256').update(`${seed} ${i}`).digest());
  return Buffer.concat(parts).subarray(0, size);
}

export interface ImageOptions {
  form?: ImageForm;
  architecture?: string;
  command?: readonly string[];
}

/** An image with a file a layer: `/0`, `/1`, … */
export function makeImage(contents: readonly Buffer[], options: ImageOptions = {}): TestImage {
  return imageOf(
    contents.map((content, i) => writeTar([{ type: 'file', name: String(i), content }])),
    options,
  );
}

/** An image of these archives, the lowest first. */
export function imageOf(
  archives: readonly Buffer[],
  { form = 'gzip', architecture = ARCHITECTURE, command = ['/0'] }: ImageOptions,
): TestImage {
  const blobs = new Map<string, Buffer>();
  const add = (bytes: Buffer, mediaType: string): Part => {
    blobs.set(digestOf(bytes), bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const layers = archives.map((archive) => add(compress(archive, form), LAYER_TYPES[form]));
  const rootfs = { type: 'layers', diff_ids: archives.map(digestOf) };
  const isDocker = form === 'docker';
  const document = { os: 'linux', architecture, config: { Cmd: command }, rootfs };
  const config = add(Buffer.from(JSON.stringify(document)), isDocker ? DOCKER_CONFIG : OCI_CONFIG);
  const mediaType = isDocker ? DOCKER_MANIFEST : OCI_MANIFEST;
  const manifest = add(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers })), mediaType);
  return { manifest: { ...manifest, platform: { os: 'linux', architecture } }, config, layers, blobs };
}

/** One image for several machines. */
export function makeIndex(images: readonly TestImage[], mediaType: string = OCI_INDEX): TestImage {
  const manifests = images.map(({ manifest }) => manifest);
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  const blobs = new Map(images.flatMap((image) => [...image.blobs]));
  blobs.set(digestOf(bytes), bytes);
  const [first] = images;
  if (!first) throw new Error('an index of nothing');
  return { ...first, manifest: { mediaType, digest: digestOf(bytes), size: bytes.length }, blobs };
}

export function makeDockerList(images: readonly TestImage[]): TestImage {
  return makeIndex(images, DOCKER_MANIFEST_LIST);
}

/** Writes images as an OCI layout, each with its name. */
export function writeLayout(folder: string, images: Readonly<Record<string, TestImage>>): void {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  for (const { blobs } of Object.values(images)) {
    for (const [digest, bytes] of blobs) writeFileSync(join(folder, 'blobs', digest.replace(':', '/')), bytes);
  }
  const manifests = Object.entries(images).map(([name, { manifest }]) => {
    const { platform: _, ...entry } = manifest;
    return { ...entry, annotations: { 'org.opencontainers.image.ref.name': name } };
  });
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

function compress(archive: Buffer, form: ImageForm): Buffer {
  if (form === 'none') return archive;
  return form === 'zstd' ? zstdCompressSync(archive) : gzipSync(archive);
}
