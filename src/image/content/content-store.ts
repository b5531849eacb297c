import { createReadStream, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, LOCK_EX, O_CREAT, O_RDWR } from '../../kernel/index.ts';
import type { Descriptor, ImageIndex } from '../../spec/index.ts';
import { DIGEST, IMAGE_LAYOUT_VERSION, OCI_INDEX, parseImageIndex, parseJson } from '../../spec/index.ts';
import { diskError } from '../disk-error.ts';
import { makeFolders } from '../make-folders.ts';
import { TemporaryFiles } from './temporary-files.ts';
import { keepDurably, writeDurably } from './write-durably.ts';

/** The annotation that names a manifest in the index (annotations.md of image-spec). */
export const REFERENCE_NAME = 'org.opencontainers.image.ref.name';

/** Longest document, a manifest or a configuration, that is read into memory; registries hold to 4 MiB. */
const LARGEST_DOCUMENT = 8 << 20;

/**
 * Content by digest, and the index of images: an OCI image layout in a folder, which other tools can read in place.
 * Blobs are checked when they come in and never change; readers take no lock, writers of the index take one.
 */
export class ContentStore {
  readonly root: string;
  readonly #temporary: TemporaryFiles;

  constructor(root: string) {
    this.root = root;
    this.#temporary = new TemporaryFiles(join(root, 'tmp'));
  }

  /** Named manifests; none in a store that holds nothing yet. */
  index(): ImageIndex {
    const path = join(this.root, 'index.json');
    const text = readIfThere(path);
    return text ? parseImageIndex(readJson(text, path)) : { schemaVersion: 2, manifests: [] };
  }

  /** Is the whole content there? */
  has(descriptor: Descriptor): boolean {
    return statSync(this.#path(descriptor.digest), { throwIfNoEntry: false })?.size === descriptor.size;
  }

  /**
   * A JSON document. Its digest was checked when it came in; here its size alone, because loading node:crypto would take
   * longer than starting a container.
   */
  document(descriptor: Descriptor): unknown {
    const path = this.#path(descriptor.digest);
    if (descriptor.size > LARGEST_DOCUMENT) throw damaged(descriptor, `is too large (${descriptor.size} bytes)`);
    const text = readIfThere(path);
    if (!text) throw damaged(descriptor, 'is missing');
    if (text.length !== descriptor.size) throw damaged(descriptor, `has ${text.length} bytes, not ${descriptor.size}`);
    return readJson(text, path);
  }

  /** The content in chunks; fails at the end when it is not what the digest says. */
  async *read(descriptor: Descriptor): AsyncGenerator<Buffer> {
    const { createHash } = await import('node:crypto');
    const hash = createHash(algorithmOf(descriptor.digest));
    let size = 0;
    try {
      for await (const chunk of createReadStream(this.#path(descriptor.digest), { highWaterMark: 1 << 18 })) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      throw diskError('read', this.#path(descriptor.digest), cause);
    }
    const found = `${algorithmOf(descriptor.digest)}:${hash.digest('hex')}`;
    if (size !== descriptor.size || found !== descriptor.digest) throw damaged(descriptor, 'is damaged');
  }

  /** Keeps some content; what is there already is not written again. */
  async add(content: Buffer, mediaType: string): Promise<Descriptor> {
    const { createHash } = await import('node:crypto');
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    const descriptor = { mediaType, digest, size: content.length };
    if (this.has(descriptor)) return descriptor;
    const path = this.#path(digest);
    await this.#lay();
    await writeDurably(path, content, this.#temporary);
    return descriptor;
  }

  /**
   * Gives a manifest a name, which another one loses, though it stays: containers may have been made of it. Answers its
   * entry in the index.
   * @param kernel takes the lock, so that it is free again when the process is killed
   */
  async tag(kernel: Kernel, name: string, manifest: Descriptor): Promise<Descriptor> {
    const named = { ...manifest, annotations: { ...manifest.annotations, [REFERENCE_NAME]: name } };
    await this.#change(kernel, (manifests) => {
      const others = manifests.filter(({ annotations }) => annotations?.[REFERENCE_NAME] !== name);
      const former = manifests.find(({ annotations }) => annotations?.[REFERENCE_NAME] === name);
      const isLost = former && ![...others, named].some(({ digest }) => digest === former.digest);
      // What had no name before the name came needs none now.
      const rest = others.filter((o) => o.digest !== named.digest || o.annotations?.[REFERENCE_NAME] !== undefined);
      return [...rest, ...(isLost ? [withoutName(former)] : []), named];
    });
    return named;
  }

  /** Keeps a manifest without giving it a name, unless it has one. */
  async addUnnamed(kernel: Kernel, manifest: Descriptor): Promise<void> {
    await this.#change(kernel, (manifests) =>
      manifests.some(({ digest }) => digest === manifest.digest) ? manifests : [...manifests, manifest],
    );
  }

  /** Temporary files on the same file system. */
  async temporaryFiles(): Promise<TemporaryFiles> {
    await this.#lay();
    return this.#temporary;
  }

  /** Takes entries out of the index; their content stays until it is collected. `keep` may throw, and then nothing changes. */
  async untag(kernel: Kernel, keep: (entries: readonly Descriptor[]) => readonly Descriptor[]): Promise<void> {
    await this.#change(kernel, keep);
  }

  /** The digests of all content that is here. */
  blobs(): string[] {
    const folder = join(this.root, 'blobs');
    return readNames(folder).flatMap((algorithm) =>
      readNames(join(folder, algorithm)).map((name) => `${algorithm}:${name}`),
    );
  }

  /** Bytes of some content; 0 when it is not here. */
  sizeOf(digest: string): number {
    return statSync(this.#path(digest), { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Removes content that no image needs; the caller has seen to that. */
  remove(digest: string): void {
    rmSync(this.#path(digest), { force: true });
  }

  async #change(kernel: Kernel, change: (manifests: readonly Descriptor[]) => readonly Descriptor[]): Promise<void> {
    await this.#lay();
    const lock = kernel.openat(AT_FDCWD, join(this.root, 'index.lock'), O_RDWR | O_CREAT, 0o600);
    await kernel.flock(lock, LOCK_EX);
    try {
      this.#temporary.sweep();
      const { manifests, ...index } = this.index();
      await this.#write('index.json', { ...index, mediaType: OCI_INDEX, manifests: change(manifests) });
    } finally {
      await kernel.close(lock);
    }
  }

  /**
   * Takes over a file whose bytes have been checked, by renaming it: on the disk before it has the name.
   * @param path on the same file system
   */
  async adopt(path: string, { digest }: Descriptor): Promise<void> {
    await this.#lay();
    makeFolders(dirname(this.#path(digest)));
    await keepDurably(path, this.#path(digest));
  }

  async #lay(): Promise<void> {
    makeFolders(join(this.root, 'blobs', 'sha256'));
    makeFolders(this.#temporary.folder);
    if (readIfThere(join(this.root, 'oci-layout'))) return;
    await this.#write('oci-layout', { imageLayoutVersion: IMAGE_LAYOUT_VERSION });
  }

  #write(name: string, document: object): Promise<void> {
    return writeDurably(join(this.root, name), Buffer.from(JSON.stringify(document)), this.#temporary);
  }

  #path(digest: string): string {
    if (!DIGEST.test(digest)) throw new KeelsonError('invalid', `'${digest}' is no digest`, { code: 'DIGEST_INVALID' });
    return join(this.root, 'blobs', ...digest.split(':'));
  }
}

function algorithmOf(digest: string): string {
  return digest.slice(0, digest.indexOf(':'));
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw diskError('read', path, cause);
  }
}

function withoutName(entry: Descriptor): Descriptor {
  const { [REFERENCE_NAME]: _, ...annotations } = entry.annotations ?? {};
  return { ...entry, annotations };
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw diskError('read', folder, cause);
  }
}

function readJson(text: Buffer, path: string): unknown {
  return parseJson(text.toString(), { code: 'CONTENT_DAMAGED', document: path });
}

function damaged({ digest }: Descriptor, problem: string): KeelsonError {
  return new KeelsonError('internal', `the content ${digest} ${problem}`, {
    code: 'CONTENT_DAMAGED',
    hint: 'remove the image and get it again',
  });
}
