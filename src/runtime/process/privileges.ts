import type { Kernel } from '../../kernel/index.ts';
import {
  EINVAL,
  EPERM,
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_CLEAR_ALL,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_SET_NO_NEW_PRIVS,
} from '../../kernel/index.ts';
import type { Capabilities } from '../../spec/index.ts';
import { CAPABILITY_NAMES } from '../../spec/index.ts';
import { capabilityNames } from '../capabilities/capability-names.ts';
import { readCapabilitySets } from '../capabilities/capability-sets.ts';
import { encodeCapset } from '../capabilities/encode-capset.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';

const HEADING = 'Privileges';

/**
 * The bounding set limits what any program started later can ever gain. It goes first: dropping from it needs
 * CAP_SETPCAP, which the user may not keep (capabilities(7)).
 */
export function limitBoundingSet(context: InitContext, capabilities: Capabilities): void {
  const { kernel } = context;
  const { bounding } = readCapabilitySets(capabilities).sets;
  const kept = new Set(capabilityNames(bounding));
  kernel.step(HEADING, 'give up privileges for good', because(context, 'process.capabilities'));
  CAPABILITY_NAMES.forEach((name, number) => {
    // EINVAL: a capability that this kernel does not know yet.
    if (!kept.has(name)) kernel.prctl(PR_CAPBSET_DROP, number, 0, { allow: [EINVAL] });
  });
}

/** Keeps the sets that were asked for, after the change of user, which empties some of them. */
export function setCapabilities(context: InitContext, capabilities: Capabilities): void {
  const { kernel } = context;
  kernel.step(HEADING, 'keep only the privileges that were asked for', because(context, 'process.capabilities'));
  const { sets } = readCapabilitySets(capabilities);
  kernel.capset(encodeCapset(sets).data);
  raiseAmbient(kernel, sets.ambient);
}

/** Ambient capabilities survive execve(2) of an ordinary program by an ordinary user. */
function raiseAmbient(kernel: Kernel, ambient: bigint): void {
  kernel.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, { allow: [EINVAL] });
  for (const [number] of CAPABILITY_NAMES.entries()) {
    if (((ambient >> BigInt(number)) & 1n) === 0n) continue;
    // EPERM: not permitted or not inheritable too; runc passes over it, since the spec asks for a warning alone.
    kernel.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, { allow: [EPERM] });
  }
}

/** After this, no set-user-id bit and no file capability gives more privilege (PR_SET_NO_NEW_PRIVS, prctl(2)). */
export function forbidNewPrivileges(context: InitContext): void {
  if (!context.spec.process?.noNewPrivileges) return;
  context.kernel.step(HEADING, 'forbid to gain privileges', because(context, 'process.noNewPrivileges'));
  context.kernel.prctl(PR_SET_NO_NEW_PRIVS, 1);
}
