import { invalid, KeelsonError } from '../../base/index.ts';
import type { Descriptor, ImageIndex, Platform } from '../../spec/index.ts';
import { HOST_PLATFORM } from '../platform.ts';

/** Go's names for what people also write (normalizeArch of containerd/platforms). */
const ALIASES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm/v7',
};
/** What a name without a variant means. */
const VARIANTS: Readonly<Record<string, string>> = { arm: 'v7', arm64: 'v8' };

/**
 * Reads `linux/arm64`, `linux/arm/v7` or `arm64`.
 * @throws KeelsonError `PLATFORM_INVALID`
 */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    throw invalid('PLATFORM_INVALID', `${JSON.stringify(text.slice(0, 40))} is no platform`, 'such as linux/arm64');
  }
  const [os = '', named = '', variant] = parts.length === 1 && parts[0] !== 'linux' ? ['linux', ...parts] : parts;
  const [architecture = '', implied] = (ALIASES[named] ?? named ?? '').split('/');
  return { os, architecture: architecture || HOST_PLATFORM.architecture, variant: variant ?? implied };
}

/**
 * The manifest for a platform: of those that fit, the one with the variant asked for, else the first.
 * @throws KeelsonError `IMAGE_PLATFORM`
 */
export function choosePlatform({ manifests }: ImageIndex, wanted: Platform, name: string): Descriptor {
  const fitting = manifests.filter(
    ({ platform }) => platform?.os === wanted.os && platform.architecture === wanted.architecture,
  );
  const variant = wanted.variant ?? VARIANTS[wanted.architecture];
  const exact = fitting.find(({ platform }) => (platform?.variant ?? VARIANTS[wanted.architecture]) === variant);
  const chosen = exact ?? (wanted.variant === undefined ? fitting[0] : undefined);
  if (chosen) return chosen;
  const known = new Set(manifests.flatMap(({ platform }) => (platform ? [showPlatform(platform)] : [])));
  known.delete('unknown/unknown'); // attestations
  throw new KeelsonError('unsupported', `${name} is not made for ${showPlatform(wanted)}`, {
    code: 'IMAGE_PLATFORM',
    hint: known.size > 0 ? `it is made for ${[...known].slice(0, 12).join(', ')}` : undefined,
  });
}

function showPlatform({ os, architecture, variant }: Platform): string {
  return variant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
}
