import type { LinuxSeccomp } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';
import { cachedSeccomp, seccompKey } from '../seccomp/cached-seccomp.ts';
import { type CompiledSeccomp, compileSeccomp } from '../seccomp/compile-seccomp.ts';
import { LISTENER_FLAGS } from '../seccomp/seccomp-flags.ts';

/** So many filters a program keeps in memory; each takes some 20 KB with its key. */
const KEPT = 16;

const kept = new Map<string, CompiledSeccomp>();

/** Installs the filter that decides which system calls the container may make (seccomp(2)). */
export function installSeccomp(context: InitContext): void {
  const profile = context.spec.linux?.seccomp;
  if (!profile) return;
  const program = remembered(profile, context.plan.cacheFolder);
  context.kernel.step(
    'System call filter',
    `allow only the system calls of the profile (${program.filter.length / 8} instructions)`,
    because(context, 'linux.seccomp'),
  );
  // A hook has no listener of its own: the kernel answers ENOSYS for it.
  if (!context.listener) context.kernel.seccompFilter(program.filter, program.flags & ~LISTENER_FLAGS);
  else context.listener.pass(context.kernel, context.kernel.seccompFilter(program.filter, program.flags));
}

/** A program that starts many containers gives the same profile each time, though not the same object. */
function remembered(profile: LinuxSeccomp, folder: string | undefined): CompiledSeccomp {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const key = seccompKey(profile, arch);
  const found = kept.get(key);
  if (found) return found;
  const made = folder === undefined ? compileSeccomp(profile, { arch }) : cachedSeccomp(profile, { arch, folder });
  const [oldest] = kept.keys();
  if (kept.size === KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, made);
  return made;
}
