import { join } from 'node:path';
import { randomName } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import type { ContainerConfig, ContainerState } from '../spec/index.ts';
import { randomBytes } from './random-bytes.ts';

/** The state of a container of which nothing is made yet. */
export function newState(from: {
  id: string;
  config: ContainerConfig;
  folder: string;
  image: Image | undefined;
}): ContainerState {
  const { id, config, folder, image } = from;
  return {
    id,
    name: config.name ?? randomName(randomBytes),
    status: 'created',
    pid: 0,
    config,
    argv: [],
    created: Date.now(),
    oomKilled: false,
    imageId: image?.id,
    ports: config.network.ports,
    folder,
    logPath: join(folder, 'log'),
    layers: { lower: [config.rootfs ?? config.image ?? '/'] },
  };
}
