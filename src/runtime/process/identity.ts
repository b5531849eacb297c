import { AT_EMPTY_PATH, EPERM, PR_SET_KEEPCAPS } from '../../kernel/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';
import type { Identity } from './account-files.ts';

const HEADING = 'User and groups';

/** The standard streams belong to whoever runs, so that /dev/stdout can be opened again (moby #31243). */
export function giveStreams(context: InitContext, identity: Identity): void {
  if (identity.uid === 0 || context.plan.stdio.direct) return;
  context.kernel.step(HEADING, 'give the standard streams to the user', because(context, 'process.user'));
  for (const fd of [0, 1, 2]) {
    context.kernel.fchownat(fd, '', { uid: identity.uid, gid: identity.gid }, AT_EMPTY_PATH);
  }
}

/** Becomes the user. Capabilities are kept for now: `dropCapabilities` comes after. */
export function becomeUser(context: InitContext, identity: Identity): void {
  const { kernel, spec } = context;
  const { uid, gid, groups } = identity;
  kernel.step(HEADING, `become user ${uid}, group ${gid}`, because(context, 'process.user'));
  kernel.prctl(PR_SET_KEEPCAPS, 1);
  // In a user namespace made without privilege groups cannot be set (user_namespaces(7)).
  kernel.setgroups(groups, spec.linux?.gidMappings ? { allow: [EPERM] } : {});
  kernel.setresgid(gid);
  kernel.setresuid(uid);
  kernel.prctl(PR_SET_KEEPCAPS, 0);
}
