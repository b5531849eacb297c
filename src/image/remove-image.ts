import { KeelsonError } from '../base/index.ts';
import type { Kernel } from '../kernel/index.ts';
import type { Descriptor, RemovedImage } from '../spec/index.ts';
import { collectGarbage } from './content/collect-garbage.ts';
import type { ContentStore } from './content/content-store.ts';
import { type Image, manifestOf, nameOf } from './find-image.ts';
import { parseReference } from './reference.ts';
import type { Snapshotter } from './snapshot/snapshotter.ts';

/** Who needs an image. */
export interface ImageUser {
  /** `container web` */
  what: string;
  /** The command that ends it. */
  release: string;
}

export interface Removal {
  image: Image;
  /** What was asked for: a name, or an id, which means all names. */
  text: string;
  force?: boolean;
  userOf: (id: string) => ImageUser | undefined;
}

/**
 * Removes a name or, with an id or the last name, the image.
 * @throws KeelsonError `IMAGE_IN_USE` (also with `force`: a container could not be started again), `IMAGE_NAMES`
 */
export async function removeImage(
  kernel: Kernel,
  { store, snapshotter }: { store: ContentStore; snapshotter: Snapshotter },
  removal: Removal,
): Promise<RemovedImage> {
  const { image, text, force = false, userOf } = removal;
  const same = store.index().manifests.filter((entry) => idOf(store, entry) === image.id);
  const byName = image.name !== '' && isName(text, image.name);
  const gone = byName ? same.filter((entry) => nameOf(entry) === image.name) : same;
  const names = new Set(gone.map(nameOf));
  if (!byName && names.size > 1 && !force) {
    throw new KeelsonError('conflict', `the image ${text} has several names: ${[...names].join(', ')}`, {
      code: 'IMAGE_NAMES',
      hint: 'remove one of them, or all with --force',
    });
  }
  const isLast = gone.length === same.length;
  const user = isLast ? userOf(image.id) : undefined;
  if (user !== undefined) {
    throw new KeelsonError('conflict', `the image ${text} is used by ${user.what}`, {
      code: 'IMAGE_IN_USE',
      hint: `end that first: ${user.release}`,
    });
  }
  const digests = new Set(gone.map(({ digest }) => digest));
  await store.untag(kernel, (entry) => names.has(nameOf(entry)) && digests.has(entry.digest));
  if (isLast) await collectGarbage(kernel, store, snapshotter);
  return { untagged: [...names].filter((name) => name !== ''), deleted: isLast ? [image.id] : [] };
}

function idOf(store: ContentStore, entry: Descriptor): string {
  return manifestOf(store, entry).config.digest;
}

/** An id is hexadecimal too; what the image is called decides. */
function isName(text: string, name: string): boolean {
  if (/^sha256:/.test(text) || /^[0-9a-f]{64}$/.test(text)) return false;
  return parseReference(text).name === parseReference(name).name;
}
