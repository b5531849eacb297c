import { isKeelsonError, newId } from '../../base/index.ts';
import type { ContainerConfig, ContainerState, ExecutionConfig, MountConfig } from '../../spec/index.ts';
import { randomBytes } from '../random-bytes.ts';
import { provideVolume, removeVolume, type VolumeUser } from './volumes.ts';

/** The mounts with a name for every volume, those among them that the image declares (`VOLUME` of a Dockerfile). */
export function withVolumes(config: ContainerConfig, image: ExecutionConfig | undefined): ContainerConfig {
  const taken = new Set(config.mounts.map(({ target }) => target));
  const declared = Object.keys(image?.Volumes ?? {}).filter((target) => !taken.has(target));
  const all: MountConfig[] = [
    ...config.mounts,
    ...declared.map((target) => ({ type: 'volume' as const, target, readOnly: false })),
  ];
  const named = (mount: MountConfig) =>
    mount.type === 'volume' && !mount.source ? { ...mount, source: newId(randomBytes), anonymous: true } : mount;
  return { ...config, mounts: all.map(named) };
}

/** Makes the volumes of a container; `copyOut(path, draft)` fills a new one with what the image has there. */
export async function provideVolumes(
  user: VolumeUser,
  { name: holder, config }: ContainerState,
  copyOut: (path: string, draft: string) => Promise<void>,
): Promise<void> {
  for (const { type, source, target, anonymous = false, options = [], labels = {} } of config.mounts) {
    if (type !== 'volume' || source === undefined) continue;
    const fill = options.includes('nocopy') ? undefined : (draft: string) => copyOut(target, draft);
    await provideVolume(user, { name: source, anonymous, labels, holder }, fill);
  }
}

/** Those that were made for this container alone; one that another container uses by its name stays. */
export async function removeAnonymousVolumes(user: VolumeUser, { name, config }: ContainerState): Promise<void> {
  for (const { type, source, anonymous } of config.mounts) {
    if (type !== 'volume' || !anonymous || source === undefined) continue;
    try {
      await removeVolume(user, source, name);
    } catch (error) {
      if (!isKeelsonError(error, 'not-found') && !isKeelsonError(error, 'conflict')) throw error;
    }
  }
}
