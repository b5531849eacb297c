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
  /** Removes the image of this id; in `work` it is looked who needs it. Whoever comes later waits for the end of that. */
  removing?: <Result>(id: string, work: () => Promise<Result>) => Promise<Result>;
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
  const { image, removing = (_, work) => work() } = removal;
  let taken: TakenNames = { names: new Set(), isLast: false };
  // With what others did before: of two that each take one of two names the later one takes the last.
  const take = (entries: readonly Descriptor[]) => {
    const { kept, ...rest } = takeNames(store, entries, removal);
    taken = rest;
    return kept;
  };
  await removing(image.id, () => store.untag(kernel, take));
  const { names, isLast } = taken;
  if (isLast) await collectGarbage(kernel, store, snapshotter);
  return { untagged: [...names].filter((name) => name !== ''), deleted: isLast ? [image.id] : [] };
}

interface TakenNames {
  names: ReadonlySet<string>;
  /** None is left. */
  isLast: boolean;
}

function takeNames(
  store: ContentStore,
  entries: readonly Descriptor[],
  { image, text, force = false, userOf }: Removal,
): TakenNames & { kept: readonly Descriptor[] } {
  const same = entries.filter((entry) => idOf(store, entry) === image.id);
  const byName = image.name !== '' && isName(text, image.name);
  const gone = byName ? same.filter((entry) => nameOf(entry) === image.name) : same;
  const names = new Set(gone.map(nameOf));
  if (!byName && names.size > 1 && !force) {
    throw new KeelsonError('conflict', `the image ${text} has several names: ${[...names].join(', ')}`, {
      code: 'IMAGE_NAMES',
      hint: 'remove one of them, or all with --force',
    });
  }
  const isLast = gone.length > 0 && gone.length === same.length;
  const user = isLast ? userOf(image.id) : undefined;
  if (user !== undefined) {
    throw new KeelsonError('conflict', `the image ${text} is used by ${user.what}`, {
      code: 'IMAGE_IN_USE',
      hint: `end that first: ${user.release}`,
    });
  }
  return { kept: entries.filter((entry) => !gone.includes(entry)), names, isLast };
}

function idOf(store: ContentStore, entry: Descriptor): string {
  return manifestOf(store, entry).config.digest;
}

/** An id is hexadecimal too; what the image is called decides. */
function isName(text: string, name: string): boolean {
  if (/^sha256:/.test(text) || /^[0-9a-f]{64}$/.test(text)) return false;
  return parseReference(text).name === parseReference(name).name;
}
