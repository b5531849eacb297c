import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { invalid, isValidName, NAME_RULE } from '../../base/index.ts';

/**
 * Where the content of a volume lies.
 * @throws KeelsonError invalid `VOLUME_NAME_INVALID`: the name becomes that of a folder
 */
export function volumeData(root: string, name: string): string {
  if (!isValidName(name)) throw invalid('VOLUME_NAME_INVALID', `'${name}' is no volume name (${NAME_RULE})`);
  return join(root, 'volumes', name, '_data');
}

/** The folder itself is the container's to enter; those above are ours alone. */
export function makeVolumeFolder(root: string, name: string): string {
  const data = volumeData(root, name);
  mkdirSync(join(data, '..'), { recursive: true, mode: 0o700 });
  mkdirSync(data, { recursive: true, mode: 0o755 });
  return data;
}

export function isEmptyFolder(path: string): boolean {
  return readdirSync(path).length === 0;
}

/** What an interrupted filling left: the volume was empty when it began. */
export function emptyFolder(path: string): void {
  // no-mount-below: volumes are mounted in containers alone, never below the data root
  for (const entry of readdirSync(path)) rmSync(join(path, entry), { recursive: true, force: true });
}

export function removeVolumeFolder(root: string, name: string): void {
  // no-mount-below: volumes are mounted in containers alone, never below the data root
  rmSync(join(volumeData(root, name), '..'), { recursive: true, force: true });
}
