import type { LinuxSeccomp } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';
import { cachedSeccomp } from '../seccomp/cached-seccomp.ts';
import { type CompiledSeccomp, compileSeccomp } from '../seccomp/compile-seccomp.ts';
import { LISTENER_FLAGS } from '../seccomp/seccomp-flags.ts';

const compiled = new WeakMap<object, CompiledSeccomp>();

/** Installs the filter that decides which system calls the container may make (seccomp(2)). */
export function installSeccomp(context: InitContext): void {
  const profile = context.spec.linux?.seccomp;
  if (!profile) return;
  // A program that starts many containers gives the same profile each time.
  const program = compiled.get(profile) ?? compile(profile, context.plan.cacheFolder);
  compiled.set(profile, program);
  context.kernel.step(
    'System call filter',
    `allow only the system calls of the profile (${program.filter.length / 8} instructions)`,
    because(context, 'linux.seccomp'),
  );
  // A hook has no listener of its own: the kernel answers ENOSYS for it.
  if (!context.listener) context.kernel.seccompFilter(program.filter, program.flags & ~LISTENER_FLAGS);
  else context.listener.pass(context.kernel, context.kernel.seccompFilter(program.filter, program.flags));
}

function compile(profile: LinuxSeccomp, folder: string | undefined): CompiledSeccomp {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  return folder === undefined ? compileSeccomp(profile, { arch }) : cachedSeccomp(profile, { arch, folder });
}
