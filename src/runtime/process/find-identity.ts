import type { RuntimeSpec } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import type { RootTree } from '../rootfs/root-tree.ts';
import { homeOf, type Identity, resolveIdentity } from './account-files.ts';
import { readAccountFiles, readAccounts } from './read-account-files.ts';

/**
 * Issues the look-up of who the program runs as: by name from the account files where that is asked for, or as the
 * specification says. The returned function waits for the answer.
 */
export function findIdentity({ plan, spec }: InitContext, tree: RootTree): () => Promise<Identity> {
  const wanted = plan.identity;
  if (wanted) {
    const files = readAccountFiles(tree);
    return async () => resolveIdentity(wanted, await files());
  }
  const { uid = 0, gid = 0, additionalGids = [] } = spec.process?.user ?? {};
  const accounts = plan.setHome && lacksHome(spec) ? readAccounts(tree) : async () => [];
  return async () => ({ uid, gid, groups: [...additionalGids], home: homeOf(uid, await accounts()) });
}

/** An empty one is none, as for runc. */
export function lacksHome(spec: RuntimeSpec): boolean {
  const home = spec.process?.env?.findLast((variable) => variable.startsWith('HOME='));
  return home === undefined || home === 'HOME=';
}
