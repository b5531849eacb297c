import { AT_EMPTY_PATH, S_IFDIR, S_IFMT } from '../../kernel/index.ts';
import { parseMountOptions } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { normalize, type RootTree } from './root-tree.ts';

/** Modes of folders that lie where a tmpfs comes, by the mount's number; undefined: there is none. */
export type TmpfsPlaces = ReadonlyMap<number, number | undefined>;

/**
 * A tmpfs without `mode=` gets the mode of the folder that it hides, as with runc, and one that begins with a copy has
 * nothing to copy where there is no folder. Where every tmpfs names its mode, as the usual ones do, nothing is asked.
 */
export async function findTmpfsPlaces({ kernel, spec }: InitContext, tree: RootTree): Promise<TmpfsPlaces> {
  const asked = (spec.mounts ?? []).flatMap(({ type, destination, options = [] }, index) => {
    const { data, tmpcopyup } = parseMountOptions(options);
    if (type !== 'tmpfs' || (!tmpcopyup && data.some((option) => option.startsWith('mode=')))) return [];
    kernel.step('Mounts', `look what lies at ${destination}`);
    const status = kernel.statx(tree.open(normalize(destination), { allow: 'any' }), '', AT_EMPTY_PATH, {
      allow: 'any',
    });
    return [{ index, status }];
  });
  const found = await Promise.all(asked.map(async ({ index, status }) => ({ index, mode: (await status).mode })));
  return new Map(
    found.map(({ index, mode }) => [index, (mode & S_IFMT) === S_IFDIR ? mode & 0o7777 : undefined] as const),
  );
}
