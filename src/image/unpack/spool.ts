import { type FileHandle, open } from 'node:fs/promises';
import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD } from '../../kernel/index.ts';
import { diskError } from '../disk-error.ts';

const SIZE = 8 << 20;
/** Longest chunk that is put in whole. */
export const LARGEST_CHUNK: number = 1 << 20;

/** Where a chunk lies. */
export interface Spooled {
  /** In the file, of its first byte. */
  offset: number;
  /** Bytes that were put before it. */
  position: number;
  /** Resolves when it is there. */
  written: Promise<void>;
}

/**
 * A ring of bytes in memory that this program and the agent share. Content goes from there to files within the kernel:
 * through the agent's channel it would be copied six times, half of them by our only thread.
 */
export class Spool implements AsyncDisposable {
  /** The agent's descriptor. */
  readonly fd: Fd;
  readonly #file: FileHandle;
  /** All that was put and freed, with what is left out at the end of the ring. */
  #put = 0;
  #freed = 0;

  private constructor(fd: Fd, file: FileHandle) {
    this.fd = fd;
    this.#file = file;
  }

  static async open(kernel: Kernel): Promise<Spool> {
    const fd = kernel.memfdCreate('layer');
    const pid = await kernel.readlinkat(AT_FDCWD, '/proc/self');
    const path = `/proc/${pid}/fd/${await fd}`;
    try {
      return new Spool(fd, await open(path, 'r+'));
    } catch (cause) {
      throw diskError('open', path, cause);
    }
  }

  /** Is there room for a chunk, or must something be freed first? */
  hasRoom(size: number): boolean {
    return this.#start(size) + size - this.#freed <= SIZE;
  }

  /** Begins to write a chunk, for which there is room. It must not change before it is written. */
  put(chunk: Buffer): Spooled {
    const position = this.#start(chunk.length);
    this.#put = position + chunk.length;
    const offset = position % SIZE;
    const written = this.#write(chunk, offset);
    written.catch(() => undefined); // whoever waits for it is told
    return { offset, position, written };
  }

  /** All before this position was used. */
  free(position: number): void {
    this.#freed = Math.max(this.#freed, position);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  /** A chunk lies in one piece. */
  #start(size: number): number {
    const left = SIZE - (this.#put % SIZE);
    return left < size ? this.#put + left : this.#put;
  }

  async #write(chunk: Buffer, offset: number): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await this.#file.write(chunk, at, chunk.length - at, offset + at);
      at += bytesWritten;
    }
  }
}
