import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_EMPTY_PATH, EPERM, PR_SET_KEEPCAPS } from '../../kernel/index.ts';
import type { IdMapping } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';
import type { StdioPlan } from '../launch-plan.ts';
import type { Identity } from './account-files.ts';

const HEADING = 'User and groups';

/** The standard streams belong to whoever runs, so that /dev/stdout can be opened again (moby #31243). */
export function giveStreams(context: InitContext, identity: Identity): void {
  if (identity.uid === 0 || context.plan.stdio.direct) return;
  context.kernel.step(HEADING, 'give the standard streams to the user', because(context, 'process.user'));
  for (const fd of ownStreams(context.plan.stdio)) {
    context.kernel.fchownat(fd, '', { uid: identity.uid, gid: identity.gid }, AT_EMPTY_PATH);
  }
}

/** For a user namespace, where init could not give away what belongs to root of the host. */
export function giveStreamsToRoot(
  runtime: Kernel,
  { plan, inside }: { plan: StdioPlan; inside: readonly Fd[] | undefined },
  owner: { uid: number; gid: number },
): void {
  if (!inside) return;
  runtime.step(HEADING, "give the standard streams to the container's root", 'linux.uidMappings');
  for (const place of ownStreams(plan)) runtime.fchownat(inside[place] ?? -1, '', owner, AT_EMPTY_PATH);
}

/** Those of 0, 1, 2 that are the container's alone. Where nothing was asked for stands the host's /dev/null. */
function ownStreams(plan: StdioPlan): number[] {
  if (plan.terminal) return [0, 1, 2];
  const ends = [plan.stdin !== 'none', plan.stdout !== 'none' || plan.log, plan.stderr !== 'none' || plan.log];
  return ends.flatMap((own, place) => (own ? [place] : []));
}

/** Becomes the user. Capabilities are kept for now: `dropCapabilities` comes after. */
export function becomeUser(context: InitContext, identity: Identity): void {
  const { kernel, spec } = context;
  const { uid, gid } = identity;
  const groups = mappedGroups(identity, spec.linux?.gidMappings);
  kernel.step(HEADING, `become user ${uid}, group ${gid}`, because(context, 'process.user'));
  kernel.prctl(PR_SET_KEEPCAPS, 1);
  // In a user namespace made without privilege groups cannot be set (user_namespaces(7)).
  const mayFail = spec.linux?.gidMappings !== undefined || context.plan.insideUserNamespace;
  kernel.setgroups(groups, mayFail ? { allow: [EPERM] } : {});
  kernel.setresgid(gid);
  kernel.setresuid(uid);
  kernel.prctl(PR_SET_KEEPCAPS, 0);
}

/** A group that the image's files put the user in, and that has no id in the user namespace, is none of its groups. */
export function mappedGroups(
  { groups, byMembership = [] }: Pick<Identity, 'groups' | 'byMembership'>,
  maps: readonly IdMapping[] | undefined,
): number[] {
  if (!maps) return groups;
  const mapped = (id: number) => maps.some((m) => id >= m.containerID && id < m.containerID + m.size);
  return groups.filter((group) => mapped(group) || !byMembership.includes(group));
}
