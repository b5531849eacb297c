import { once } from 'node:events';
import { writeSync } from 'node:fs';
import type { Output } from '../cli/index.ts';

/** What a shell shows for a program that SIGPIPE ended, as happens to every other program in a pipe whose reader has gone. */
const ENDED_BY_SIGPIPE = 141;

/**
 * An output that writes straight to a descriptor. Making one of Node's streams loads its network and terminal modules, which
 * costs a tenth of a start; so the stream is asked only for what it alone knows, and when a pipe is full.
 */
export function descriptorOutput(descriptor: number, stream: () => NodeJS.WriteStream): Output {
  let isFull = false;
  return {
    write(chunk) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (isFull) return stream().write(bytes);
      for (let written = 0; written < bytes.length; ) {
        try {
          written += writeSync(descriptor, bytes, written);
        } catch (error) {
          const code = error instanceof Error && 'code' in error ? error.code : undefined;
          if (code === 'EPIPE') process.exit(ENDED_BY_SIGPIPE);
          if (code !== 'EAGAIN') throw error;
          // Somebody made the pipe non-blocking. From here on the stream waits, and keeps the order.
          isFull = true;
          return stream().write(bytes.subarray(written));
        }
      }
      return true;
    },
    drained: () => once(stream(), 'drain'),
    get isTTY() {
      return stream().isTTY;
    },
    get columns() {
      return stream().columns;
    },
    get rows() {
      return stream().rows;
    },
  };
}
