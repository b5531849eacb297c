import { closeSync, openSync, writeSync } from 'node:fs';
import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD } from '../../kernel/index.ts';
import { diskError } from '../disk-error.ts';

const SIZE = 2 << 20;
/** Longest chunk that is put in whole. */
export const LARGEST_CHUNK: number = 512 << 10;

/** Where a chunk lies. */
export interface Spooled {
  /** In the file, of its first byte. */
  offset: number;
  /** Bytes that were put before it. */
  position: number;
}

/**
 * A ring of bytes in memory that this program and the agent share. The agent writes from there to files: through its
 * channel content would be copied six times, half of them by our only thread, and sendfile(2) would go page by page.
 */
export class Spool implements Disposable {
  /** Where the ring begins in the agent's memory. */
  readonly address: number;
  readonly #kernel: Kernel;
  readonly #fd: Fd;
  readonly #file: number;
  /** All that was put and freed, with what is left out at the end of the ring. */
  #put = 0;
  #freed = 0;

  private constructor(kernel: Kernel, { fd, address, file }: { fd: Fd; address: number; file: number }) {
    this.#kernel = kernel;
    this.address = address;
    this.#fd = fd;
    this.#file = file;
  }

  static async open(kernel: Kernel): Promise<Spool> {
    const fd = kernel.memfdCreate('layer');
    kernel.ftruncate(fd, SIZE);
    const address = kernel.mmap(fd, SIZE);
    const pid = await kernel.readlinkat(AT_FDCWD, '/proc/self');
    const path = `/proc/${pid}/fd/${await fd}`;
    try {
      return new Spool(kernel, { fd: await fd, address: await address, file: openSync(path, 'r+') });
    } catch (cause) {
      throw diskError('open', path, cause);
    }
  }

  /** Is there room for a chunk, or must something be freed first? */
  hasRoom(size: number): boolean {
    return this.#start(size) + size - this.#freed <= SIZE;
  }

  /** Copies a chunk in, for which there is room. Another thread would take as long to be told of it. */
  put(chunk: Buffer): Spooled {
    const position = this.#start(chunk.length);
    this.#put = position + chunk.length;
    const offset = position % SIZE;
    for (let at = 0; at < chunk.length; ) at += writeSync(this.#file, chunk, at, chunk.length - at, offset + at);
    return { offset, position };
  }

  /** All before this position was used. */
  free(position: number): void {
    this.#freed = Math.max(this.#freed, position);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
    // Whatever failed before; the process may go on with the next layer.
    this.#kernel.apart(() => {
      this.#kernel.munmap(this.address, SIZE);
      this.#kernel.close(this.#fd);
    });
  }

  /** A chunk lies in one piece. */
  #start(size: number): number {
    const left = SIZE - (this.#put % SIZE);
    return left < size ? this.#put + left : this.#put;
  }
}
