import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIZE = 8 * 2 ** 30;

/**
 * A folder on an ext4 of its own, in a sparse file: all that is measured writes to the same kind of disk, and what was
 * removed before does not slow down what comes (ext4 does not give inodes again for a while).
 */
export function makeWorkFolder(): { path: string; disk: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'keelson-bench-'));
  const image = join(path, 'ext4');
  const disk = join(path, 'disk');
  writeFileSync(image, '');
  truncateSync(image, SIZE);
  mkdirSync(disk);
  execFileSync('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=0', image]);
  execFileSync('mount', ['-o', 'loop,noatime', image, disk]);
  const dispose = () => {
    execFileSync('umount', ['-R', disk]);
    rmSync(path, { recursive: true });
  };
  return { path, disk, [Symbol.dispose]: dispose };
}
