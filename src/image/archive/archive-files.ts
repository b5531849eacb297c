import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { posix } from 'node:path';
import type { ContentStore } from '../content/content-store.ts';
import type { TemporaryFiles } from '../content/temporary-files.ts';
import { diskError } from '../disk-error.ts';
import { TarParser } from '../tar/tar-parser.ts';
import { archiveError } from './archive-error.ts';

/** A file of an archive, on the disk below a name of our own. */
export interface ArchiveFile {
  path: string;
  digest: string;
  size: number;
  /** Its first bytes, which tell how it is compressed. */
  start: Buffer;
}

/** Longest document that is read into memory. */
const LARGEST_DOCUMENT = 8 << 20;
const MOST_LINKS = 16;
const MOST_FILES = 100_000;

/**
 * The files of an archive of images. Nothing of it becomes a path on this host: names are keys of a map, links lead to other
 * names of it, and each file lies below a temporary name until it is known what it is.
 */
export class ArchiveFiles implements AsyncDisposable {
  readonly #files = new Map<string, ArchiveFile>();
  readonly #links = new Map<string, string>();
  /** Temporary paths that the store took over, by digest. */
  readonly #kept = new Set<string>();
  readonly #temporary: TemporaryFiles;
  /** Of all that was begun. */
  readonly #paths: string[] = [];

  constructor(temporary: TemporaryFiles) {
    this.#temporary = temporary;
  }

  /** Reads a tar archive to its end. */
  async addArchive(archive: AsyncIterable<Buffer>): Promise<void> {
    const parser = new TarParser();
    let current: NewFile | undefined;
    try {
      for await (const chunk of archive) {
        for (const part of parser.push(chunk)) {
          if (part.kind === 'entry') {
            const { type, name, link } = part.entry;
            const key = normal(name);
            if (type === 'symlink') this.#links.set(key, normal(posix.join(posix.dirname(key), link)));
            else if (type === 'hardlink') this.#links.set(key, normal(link));
            else if (type === 'file') current = await this.#begin(key);
          } else if (part.kind === 'content') await current?.write(part.bytes);
          else {
            await current?.finish();
            current = undefined;
          }
        }
      }
      parser.finish();
    } finally {
      await current?.file.close();
    }
  }

  /** A file with some content, for what comes from a folder. */
  async addFile(name: string, content: AsyncIterable<Buffer>): Promise<void> {
    const file = await this.#begin(normal(name));
    try {
      for await (const chunk of content) await file.write(chunk);
    } catch (error) {
      await file.file.close();
      throw error;
    }
    await file.finish();
  }

  find(name: string): ArchiveFile | undefined {
    let key = normal(name);
    for (let links = 0; links < MOST_LINKS; links++) {
      const file = this.#files.get(key);
      const link = this.#links.get(key);
      if (file || link === undefined) return file;
      key = link;
    }
    return undefined;
  }

  /** @throws KeelsonError `ARCHIVE_INVALID` */
  require(name: string): ArchiveFile {
    const file = this.find(name);
    if (file) return file;
    throw archiveError(`${JSON.stringify(name.slice(0, 200))} is missing`);
  }

  /** A document of the archive; undefined when it is not there. */
  async document(name: string): Promise<Buffer | undefined> {
    const file = this.find(name);
    if (!file) return undefined;
    if (file.size > LARGEST_DOCUMENT) throw archiveError(`${name} has ${file.size} bytes`);
    return await readFile(file.path);
  }

  /** All files, by what they are. */
  byDigest(): ReadonlyMap<string, ArchiveFile> {
    return new Map([...this.#files.values()].map((file) => [file.digest, file]));
  }

  /** Gives a file to the store. */
  async keep(store: ContentStore, { path, digest, size }: ArchiveFile, mediaType: string): Promise<void> {
    const descriptor = { mediaType, digest, size };
    if (this.#kept.has(digest) || store.has(descriptor)) return;
    await store.adopt(path, descriptor);
    this.#kept.add(digest);
  }

  /** Removes what was not kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#paths) await rm(path, { force: true });
  }

  async #begin(key: string): Promise<NewFile> {
    if (this.#files.size >= MOST_FILES) throw archiveError(`it has more than ${MOST_FILES} files`);
    const path = this.#temporary.next();
    this.#paths.push(path);
    try {
      return new NewFile(path, await open(path, 'wx', 0o644), (file) => this.#files.set(key, file));
    } catch (cause) {
      throw diskError('write', path, cause);
    }
  }
}

class NewFile {
  readonly file: FileHandle;
  readonly #path: string;
  readonly #done: (file: ArchiveFile) => void;
  readonly #hash: Hash = createHash('sha256');
  #size = 0;
  #start = Buffer.alloc(0);

  constructor(path: string, file: FileHandle, done: (file: ArchiveFile) => void) {
    this.#path = path;
    this.file = file;
    this.#done = done;
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#size < 8) this.#start = Buffer.concat([this.#start, chunk.subarray(0, 8)]);
    this.#hash.update(chunk);
    try {
      await this.file.writeFile(chunk);
    } catch (cause) {
      throw diskError('write', this.#path, cause);
    }
    this.#size += chunk.length;
  }

  async finish(): Promise<void> {
    await this.file.close();
    const digest = `sha256:${this.#hash.digest('hex')}`;
    this.#done({ path: this.#path, digest, size: this.#size, start: this.#start });
  }
}

function normal(name: string): string {
  return posix.normalize(`/${name}`).slice(1);
}
