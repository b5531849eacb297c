import { statSync } from 'node:fs';
import { KeelsonError } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import type { RunRequest } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';

/** In a dry run nothing is made: `describe` tells then how the image is run. */
export async function findImage(context: EngineContext, { config, dryRun }: RunRequest): Promise<Image | undefined> {
  if (config.rootfs !== undefined || config.image === undefined || dryRun) return undefined;
  return await context.images.resolve(config.image);
}

/** ROOTFS_MISSING unless `path` is a folder of the host. */
export function refuseMissingFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new KeelsonError('not-found', `--rootfs ${path}: there is no such folder`, {
    code: 'ROOTFS_MISSING',
    hint: 'name a folder that holds a file system, such as output/target of Buildroot',
  });
}
