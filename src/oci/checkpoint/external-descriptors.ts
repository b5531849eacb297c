import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { invalid } from '../../base/index.ts';
import type { CriuOptions } from './criu-messages.ts';

/** Beside criu's images, as runc has it: where the standard streams of the container led. */
const FILE = 'descriptors.json';

/** Where the standard streams of a process lead, as the kernel names it: `pipe:[1234]`, `/dev/null`. */
export function standardStreams(pid: number): string[] {
  return [0, 1, 2].map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
}

export function writeDescriptors(images: string, descriptors: readonly string[]): void {
  writeFileSync(join(images, FILE), JSON.stringify(descriptors), { mode: 0o600 });
}

/** Pipes of the container that are gone: criu puts its own standard streams in their place. */
export function readDescriptors(images: string): CriuOptions {
  const path = join(images, FILE);
  const descriptors: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(descriptors)) throw invalid('CHECKPOINT_IMAGES', `${path} is not a list of descriptors`);
  const inherited = descriptors
    .slice(0, 3)
    .flatMap((key: unknown, fd) => (typeof key === 'string' && key.includes('pipe:') ? [{ key, fd }] : []));
  return { inherit_fd: inherited };
}
