import type { InitContext } from '../init-context.ts';
import { type Identity, resolveIdentity } from './account-files.ts';
import type { readAccountFiles } from './read-account-files.ts';

/** Who the program runs as: by name from the account files where that is asked for, or as the specification says. */
export async function findIdentity(
  { plan, spec }: InitContext,
  accounts: ReturnType<typeof readAccountFiles> | undefined,
): Promise<Identity> {
  if (plan.identity && accounts) return resolveIdentity(plan.identity, await accounts());
  const user = spec.process?.user ?? {};
  const gid = user.gid ?? 0;
  return { uid: user.uid ?? 0, gid, groups: [...(user.additionalGids ?? [])], home: '/' };
}
