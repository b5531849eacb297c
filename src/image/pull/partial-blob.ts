import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EAGAIN, LOCK_EX, LOCK_NB, O_CREAT, O_RDWR } from '../../kernel/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import { diskError } from '../disk-error.ts';
import { makeFolders } from '../make-folders.ts';
import { pause } from '../registry/send.ts';
import { BlockRing } from './block-ring.ts';
import type { ContentSink } from './unpack-stream.ts';

/** Milliseconds between two looks at a lock; a waiting flock(2) would stop all other work of the agent. */
const LOCK_PAUSE = 100;
/** Bytes that are written before the disk is told to take them. */
const SYNC_STEP = 16 << 20;

/**
 * Content on its way into the store, in a file that outlives whoever wrote it: the next one goes on from its end. One
 * program at a time writes to it, and the kernel frees it when that program dies.
 */
export class PartialBlob implements AsyncDisposable {
  readonly #store: ContentStore;
  readonly #descriptor: Descriptor;
  readonly #path: string;
  readonly #sink: ContentSink | undefined;
  readonly #unlock: () => Promise<void>;
  readonly #file: FileHandle;
  readonly #blocks: BlockRing;
  #writing: Promise<void> = Promise.resolve();
  #hash: Hash;
  #size = 0;
  /** Bytes of those that went to the file, or are on their way. */
  #written = 0;
  #synced = 0;
  #syncing: Promise<void> | undefined;

  private constructor(from: {
    store: ContentStore;
    descriptor: Descriptor;
    sink: ContentSink | undefined;
    path: string;
    file: FileHandle;
    unlock: () => Promise<void>;
  }) {
    this.#store = from.store;
    this.#descriptor = from.descriptor;
    this.#sink = from.sink;
    this.#path = from.path;
    this.#file = from.file;
    this.#unlock = from.unlock;
    this.#blocks = new BlockRing(from.descriptor.size, (block) => this.#passOn(block));
    this.#hash = createHash(algorithmOf(from.descriptor));
  }

  /** Waits for whoever else is getting it; nothing to do when that one has got it. */
  static async open(
    kernel: Kernel,
    store: ContentStore,
    {
      descriptor,
      sink,
      signal,
    }: { descriptor: Descriptor; sink?: ContentSink | undefined; signal?: AbortSignal | undefined },
  ): Promise<PartialBlob | undefined> {
    const folder = join(store.root, 'partial');
    makeFolders(folder);
    const path = join(folder, descriptor.digest.replace(':', '-'));
    const lock = await lockFile(kernel, path, signal);
    const unlock = async () => {
      await kernel.close(lock);
    };
    if (store.has(descriptor)) {
      await unlock();
      return undefined;
    }
    let file: FileHandle | undefined;
    try {
      // The other one may have finished and taken the file away between our opening and locking it; then ours is new.
      file = await open(path, 'r+');
      const blob = new PartialBlob({ store, descriptor, sink, path, file, unlock });
      await blob.#resume();
      await refuseFullDisk(folder, descriptor.size - blob.size);
      return blob;
    } catch (cause) {
      const isEmpty = (await file?.stat())?.size === 0;
      await file?.close();
      if (isEmpty) await rm(path, { force: true });
      await unlock();
      throw diskError('write', path, cause);
    }
  }

  /** Bytes that are here. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes bytes over, at once where it answers undefined: they are in the file, and with the sink, when the store has them or this is disposed of.
   * @throws KeelsonError `CONTENT_SIZE` when it is more than there should be; what went wrong with earlier bytes
   */
  write(chunk: Buffer): Promise<void> | undefined {
    if (this.#size + chunk.length > this.#descriptor.size) return this.#refuse();
    this.#size += chunk.length;
    return this.#blocks.add(chunk);
  }

  async #refuse(): Promise<never> {
    const { size } = this.#descriptor;
    await this.restart();
    throw unfit(this.#descriptor, 'CONTENT_SIZE', `is longer than the ${size} bytes that it should have`);
  }

  /** Ends when nobody needs the block any more. */
  async #passOn(block: Buffer): Promise<void> {
    this.#hash.update(block);
    const position = this.#written;
    this.#written += block.length;
    // One after the other: what failed leaves no hole before what comes next.
    this.#writing = this.#writing.then(() => this.#writeAt(block, position));
    const [written, taken] = await Promise.allSettled([this.#writing, this.#sink?.write(block)]);
    if (written.status === 'rejected') throw written.reason;
    if (taken.status === 'rejected') throw taken.reason;
  }

  async #writeAt(block: Buffer, position: number): Promise<void> {
    try {
      for (let at = 0; at < block.length; ) {
        const { bytesWritten } = await this.#file.write(block, at, block.length - at, position + at);
        at += bytesWritten;
      }
    } catch (cause) {
      throw diskError('write', this.#path, cause);
    }
    this.#startSync();
  }

  /** Forgets what is here. */
  async restart(): Promise<void> {
    await this.#sink?.restart();
    await this.#blocks.clear();
    await this.#file.truncate(0);
    this.#size = 0;
    this.#written = 0;
    this.#writing = Promise.resolve();
    this.#synced = 0;
    this.#hash = createHash(algorithmOf(this.#descriptor));
  }

  /**
   * Checks the digest and gives the content to the store.
   * @throws KeelsonError `CONTENT_DIGEST`; then nothing of it stays
   */
  async finish(): Promise<void> {
    this.#blocks.begin();
    // Whether it is unpacked yet does not matter to the store.
    await this.#writing;
    const found = `${algorithmOf(this.#descriptor)}:${this.#hash.digest('hex')}`;
    if (found !== this.#descriptor.digest) {
      await this.restart();
      throw unfit(this.#descriptor, 'CONTENT_DIGEST', `came as ${found}`);
    }
    // The rest of the unpacking and the disk work at the same time.
    this.#sink?.end();
    await this.#syncing;
    await this.#store.adopt(this.#path, this.#descriptor);
  }

  /** While more comes, so that there is little left to wait for at the end. */
  #startSync(): void {
    if (this.#written - this.#synced < SYNC_STEP || this.#syncing !== undefined) return;
    this.#synced = this.#written;
    // An error shows again when the whole file is synced.
    const done = () => {
      this.#syncing = undefined;
    };
    this.#syncing = this.#file.datasync().then(done, done);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The next try goes on from what came, whatever went wrong with it here.
    await this.#blocks.flush().catch(() => undefined);
    await this.#syncing;
    await this.#file.close();
    // Nothing to go on from. Whoever waits for the lock sees that the file has no name any more.
    if (this.#size === 0) await rm(this.#path, { force: true });
    await this.#unlock();
  }

  /** What is here counts only once it has been read: a crash of the machine may have left anything. */
  async #resume(): Promise<void> {
    const { size } = await this.#file.stat();
    if (size > this.#descriptor.size) return this.restart();
    for await (const chunk of createReadStream(this.#path, { highWaterMark: 1 << 18 })) {
      this.#hash.update(chunk);
      this.#size += chunk.length;
      this.#written = this.#size;
      await this.#sink?.write(chunk);
    }
  }
}

async function lockFile(kernel: Kernel, path: string, signal: AbortSignal | undefined): Promise<Fd> {
  for (;;) {
    const fd = await kernel.openat(AT_FDCWD, path, O_RDWR | O_CREAT, 0o644);
    const isLocked = (await kernel.flock(fd, LOCK_EX | LOCK_NB, { allow: [EAGAIN] })) === 0;
    if (isLocked && (await kernel.fstat(fd)).nlink > 0) return fd;
    await kernel.close(fd);
    if (!isLocked) await pause(LOCK_PAUSE, signal);
  }
}

/** A declared size that cannot fit is told before it has filled the disk. */
async function refuseFullDisk(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (needed <= bavail * bsize) return;
  throw new KeelsonError('exhausted', `a layer of ${needed} bytes does not fit on the disk of ${folder}`, {
    code: 'ENOSPC',
    hint: 'make room there, or check who made the image',
  });
}

function unfit({ digest }: Descriptor, code: string, problem: string): KeelsonError {
  return new KeelsonError('invalid', `the content ${digest} ${problem}`, {
    code,
    hint: 'the registry, or somebody on the way to it, sends something else than was asked for',
  });
}

function algorithmOf({ digest }: Descriptor): string {
  return digest.slice(0, digest.indexOf(':'));
}
