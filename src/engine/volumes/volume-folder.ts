import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { invalid, isValidName, NAME_RULE } from '../../base/index.ts';
import { randomBytes } from '../random-bytes.ts';

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

const DRAFT = 'draft-';

/** A folder to fill, beside the one that it will replace: what is being copied is seen whole or not at all. */
export function makeDraft(root: string, name: string): string {
  const draft = join(volumeData(root, name), '..', `${DRAFT}${randomBytes(16).toString('hex')}`);
  mkdirSync(draft, { mode: 0o755 });
  return draft;
}

/** Puts a draft in the place of the empty folder, in one step (rename(2)). No container may have that mounted. */
export function keepDraft(root: string, name: string, draft: string): void {
  renameSync(draft, volumeData(root, name));
}

/** What interrupted fillings left. The copying process of one that was killed may still be on its way out. */
export function removeDrafts(root: string, name: string): void {
  const folder = join(volumeData(root, name), '..');
  for (const entry of readdirSync(folder)) {
    // no-mount-below: volumes are mounted in containers alone, never below the data root
    if (entry.startsWith(DRAFT)) rmSync(join(folder, entry), PATIENT);
  }
}

/** Again when something appears while it is removed (ENOTEMPTY). */
const PATIENT = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 };

export function removeVolumeFolder(root: string, name: string): void {
  // no-mount-below: volumes are mounted in containers alone, never below the data root
  rmSync(join(volumeData(root, name), '..'), PATIENT);
}
