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
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';

const HEADING = 'Privileges';

/**
 * The bounding set limits what any program started later can ever gain. It goes first: dropping from it needs
 * CAP_SETPCAP, which the user may not keep (capabilities(7)).
 */
export function limitBoundingSet(context: InitContext, capabilities: Capabilities): void {
  const { kernel } = context;
  const kept = new Set(capabilities.bounding ?? []);
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
  kernel.capset(encodeCapabilities(capabilities));
  raiseAmbient(kernel, capabilities.ambient ?? []);
}

/** Ambient capabilities survive execve(2) of an ordinary program by an ordinary user. */
function raiseAmbient(kernel: Kernel, ambient: readonly string[]): void {
  kernel.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, { allow: [EINVAL] });
  for (const name of ambient) {
    // EPERM: not permitted or not inheritable too; runc passes over it, since the spec asks for a warning alone.
    kernel.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capabilityNumber(name), { allow: [EPERM] });
  }
}

/** After this, no set-user-id bit and no file capability gives more privilege (PR_SET_NO_NEW_PRIVS, prctl(2)). */
export function forbidNewPrivileges(context: InitContext): void {
  if (!context.spec.process?.noNewPrivileges) return;
  context.kernel.step(HEADING, 'forbid to gain privileges', because(context, 'process.noNewPrivileges'));
  context.kernel.prctl(PR_SET_NO_NEW_PRIVS, 1);
}

function capabilityNumber(name: string): number {
  return (CAPABILITY_NAMES as readonly string[]).indexOf(name);
}

/** Two struct __user_cap_data_struct: effective, permitted, inheritable; low and high 32 bits (capset(2)). */
function encodeCapabilities(capabilities: Capabilities): Buffer {
  const bytes = Buffer.alloc(24);
  [capabilities.effective, capabilities.permitted, capabilities.inheritable].forEach((names, place) => {
    const mask = (names ?? []).reduce((bits, name) => bits | (1n << BigInt(capabilityNumber(name))), 0n);
    bytes.writeUInt32LE(Number(mask & 0xffffffffn), 4 * place);
    bytes.writeUInt32LE(Number(mask >> 32n), 12 + 4 * place);
  });
  return bytes;
}
