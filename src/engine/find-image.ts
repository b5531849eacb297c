import { statSync } from 'node:fs';
import { isKeelsonError, KeelsonError } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import type { RunRequest } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';

/**
 * The image of a new container, pulled as asked for. In a dry run nothing is made: `describe` tells then how the image is
 * run.
 */
export async function findImage(context: EngineContext, request: RunRequest): Promise<Image | undefined> {
  const { config, dryRun, pull = 'missing' } = request;
  if (config.rootfs !== undefined || config.image === undefined || dryRun) return undefined;
  if (pull !== 'always') {
    try {
      return ofPlatform(await context.images.resolve(config.image), request);
    } catch (error) {
      const isMissing = isKeelsonError(error, 'not-found') && error.code === 'IMAGE_NOT_FOUND';
      if (!isMissing || pull === 'never' || isId(config.image)) throw error;
    }
  }
  const { platform, onPull } = request;
  const { name } = await context.images.pull({ reference: config.image, platform, onProgress: onPull });
  return await context.images.resolve(name);
}

/** @throws KeelsonError unsupported `IMAGE_PLATFORM` where another platform was asked for than the image has */
function ofPlatform(image: Image, { config, platform }: RunRequest): Image {
  const { os, architecture } = image.config;
  const [first = '', second = first] = platform?.toLowerCase().split('/') ?? [];
  if (first === '' || second === architecture || (second === first && first === os)) return image;
  throw new KeelsonError(
    'unsupported',
    `the image ${config.image} here is for ${os}/${architecture}, not ${platform}`,
    {
      code: 'IMAGE_PLATFORM',
      hint: 'get the other one with --pull always, or leave out --platform',
    },
  );
}

/** No registry is asked for what looks like the id of an image. */
function isId(text: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{64}$/.test(text);
}

/** ROOTFS_MISSING unless `path` is a folder of the host. */
export function refuseMissingFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new KeelsonError('not-found', `--rootfs ${path}: there is no such folder`, {
    code: 'ROOTFS_MISSING',
    hint: 'name a folder that holds a file system, such as output/target of Buildroot',
  });
}
