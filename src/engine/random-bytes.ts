import { closeSync, openSync, readSync } from 'node:fs';

/**
 * From the kernel's generator: loading node:crypto costs a command 7 to 14 ms.
 * @param size 256 at most: so many always come whole (random(4))
 */
export function randomBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  const file = openSync('/dev/urandom', 'r');
  try {
    readSync(file, bytes);
  } finally {
    closeSync(file);
  }
  return bytes;
}
